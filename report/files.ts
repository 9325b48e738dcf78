import type { Verdict } from "../contract/verdict.ts";
import type { RunRecord } from "../drill/verdict/record.ts";
import { renderGantt } from "./gantt.ts";
import type { HistoryPoint } from "./html/history-chart.ts";
import { renderHtml } from "./html/page.ts";
import { renderJunit } from "./junit.ts";
import { renderMarkdown } from "./markdown.ts";
import { timelineOf } from "./timeline.ts";

/**
 * Every file of a report by name; the same record gives the same bytes, so an old run can be drawn again.
 *
 * @param history earlier runs, for the trend in report.html
 */
export function renderReport(
  record: RunRecord,
  verdict: Verdict,
  history: readonly HistoryPoint[] = [],
): Readonly<Record<string, string>> {
  return {
    "report.html": renderHtml(record, verdict, history),
    "report.md": renderMarkdown(record, verdict),
    "gantt.svg": renderGantt(timelineOf(record, verdict)),
    "junit.xml": renderJunit(verdict),
  };
}

/** The few lines that a person sees at the end of a run. */
export function renderSummary(verdict: Verdict, directory: string): readonly string[] {
  const say = (name: string, seconds: number | null, target: number, measure: Verdict["rto"]): string =>
    `${name} ${seconds === null ? "not measured" : `${seconds} s`} (target ${target} s): ${measure.judgement}${measure.reason === undefined ? "" : `, ${measure.reason}`}`;
  const unmet = [...verdict.integrity, ...verdict.keyFunctions].filter((item) => item.judgement !== "met");
  return [
    `verdict: ${verdict.judgement} (${verdict.status})`,
    say("RTO", verdict.rtoSeconds, verdict.rtoTargetSeconds, verdict.rto),
    say("RPO", verdict.rpoSeconds, verdict.rpoTargetSeconds, verdict.rpo),
    ...(verdict.objectRpo === undefined
      ? []
      : [say("object RPO", verdict.objectRpoSeconds, verdict.rpoTargetSeconds, verdict.objectRpo)]),
    ...verdict.budgets.map(
      ({ id, value, limit, unit, judgement }) =>
        `budget ${id}: ${value ?? "not measured"} of ${limit} ${unit}: ${judgement}`,
    ),
    `transactions lost: ${verdict.lostTransactions ?? "not measured"}`,
    ...unmet.map(({ id, judgement, detail }) => `${judgement}: ${id}: ${detail}`),
    ...verdict.findings.map(
      ({ id, severity, what, hint }) =>
        `${severity} ${id}: ${what}${hint === undefined ? "" : `\n  hint: ${hint}`}`,
    ),
    `report: ${directory}/report.html`,
  ];
}
