import { expect } from "vitest";
import type { Verdict } from "../../../contract/verdict.ts";
import type { WatchedRun } from "./killed-run.ts";

/** Every target and proof is met; the lab's own budget for the RTO may be missed where a run stood still, and the judgement says so. */
export function expectMet(
  run: WatchedRun,
  { exitCode, output }: { readonly exitCode: number; readonly output: string },
) {
  const verdict = run.verdict();
  const missed = [...verdict.integrity, ...verdict.keyFunctions].filter(
    ({ judgement }) => judgement !== "met",
  );
  expect({ missed, errors: verdict.findings.filter(({ severity }) => severity === "error") }).toEqual({
    missed: [],
    errors: [],
  });
  expect(verdict.rto.judgement).toBe("met");
  expect(verdict.rpo.judgement).toBe("met");
  expect(verdict.status).toBe("completed");
  // The lab's own budgets are for runs that somebody drove all the time.
  const late = verdict.budgets.filter(({ judgement }) => judgement !== "met").map(({ id }) => id);
  if (late.length === 0) expect(verdict.judgement, output.slice(-3000)).toBe("met");
  else expect(late).toEqual(["rto"]);
  expect(exitCode, output.slice(-3000)).toBe(late.length === 0 ? 0 : 1);
  return verdict;
}

/** The judgement as it is: over the lab's own budget it is missed, though every target and proof is met. */
export function inWords({ judgement, rtoSeconds, rpoSeconds }: Verdict): string {
  return `targets and proofs met, judgement ${judgement}, RTO ${rtoSeconds} s, RPO ${rpoSeconds} s`;
}
