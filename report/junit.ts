import type { Verdict } from "../contract/verdict.ts";

/** For pipelines that show test results: each measure, proof and step is a test case; what was not judged is a failure too. */
export function renderJunit(verdict: Verdict): string {
  const cases = [
    judged("measure", "rto", verdict.rto.judgement, verdict.rto.reason ?? `${verdict.rtoSeconds} s`),
    judged("measure", "rpo", verdict.rpo.judgement, verdict.rpo.reason ?? `${verdict.rpoSeconds} s`),
    ...(verdict.objectRpo === undefined
      ? []
      : [
          judged(
            "measure",
            "objectRpo",
            verdict.objectRpo.judgement,
            verdict.objectRpo.reason ?? `${verdict.objectRpoSeconds} s`,
          ),
        ]),
    ...verdict.budgets.map(({ id, judgement, value, limit }) =>
      judged("budget", id, judgement, `${value} of ${limit}`),
    ),
    ...verdict.integrity.map(({ id, judgement, detail }) => judged("integrity", id, judgement, detail)),
    ...verdict.keyFunctions.map(({ id, judgement, detail }) => judged("keyFunctions", id, judgement, detail)),
    ...verdict.steps.map(stepCase),
  ];
  const failures = cases.filter((each) => each.includes("<failure")).length;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuite name="${xml(`holdfast.${verdict.scenario}`)}" tests="${cases.length}" failures="${failures}" timestamp="${verdict.startedAt}">`,
    ...cases,
    "</testsuite>",
    "",
  ].join("\n");
}

function judged(group: string, id: string, judgement: string, detail: string): string {
  const open = `  <testcase classname="holdfast.${group}" name="${xml(id)}"`;
  if (judgement === "met") return `${open}/>`;
  return `${open}><failure type="${judgement}" message="${xml(detail)}"/></testcase>`;
}

function stepCase(step: Verdict["steps"][number]): string {
  const time = ((step.endMs - step.startMs) / 1000).toFixed(3);
  const open = `  <testcase classname="holdfast.step" name="${xml(step.id)}" time="${time}"`;
  if (step.outcome === "passed") return `${open}/>`;
  if (step.outcome === "skipped") return `${open}><skipped message="${xml(step.reason ?? "")}"/></testcase>`;
  return `${open}><failure type="${step.outcome}" message="${xml(step.reason ?? "")}"/></testcase>`;
}

function xml(value: string): string {
  return value
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll(/\s*\n\s*/g, " ");
}
