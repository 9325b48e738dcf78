import type { Verdict } from "../contract/verdict.ts";
import type { RunResult } from "./runner.ts";

/** 0 ran and met; 1 verdict not met; 2 the user must change something; 3 a bug; 130 interrupted. */
export function exitStatusOf(result: RunResult, verdict: Verdict): 0 | 1 | 2 | 3 | 130 {
  if (result.status === "interrupted") return 130;
  if (result.bug !== null) return 3;
  // Once the site is lost the run has a verdict to give, whatever the user would have to mend first.
  if (result.refusal !== null && verdict.lossAt.time === null) return 2;
  return verdict.judgement === "met" ? 0 : 1;
}
