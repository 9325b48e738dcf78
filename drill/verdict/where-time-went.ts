import type { Verdict } from "../../contract/verdict.ts";
import { seconds } from "./measure.ts";
import { pathOf, phaseSums } from "./phases.ts";
import type { RunRecord } from "./record.ts";

type TimeParts = Pick<Verdict, "phases" | "criticalPath" | "upResources" | "provedAfterSeconds">;

/** The verdict's explanation of the RTO; decides nothing. */
export function whereTimeWent({ facts, engine }: RunRecord, servedAtMs: number | null): TimeParts {
  const loss = facts.get("loss");
  const path = pathOf(facts, engine, servedAtMs);
  if (loss === null || path === null)
    return { phases: {}, criticalPath: [], upResources: [], provedAfterSeconds: null };
  const fromLoss = (ms: number): number => seconds(ms - loss.atMs);
  const proved = facts.get("keyFunctionsEnded")?.atMs ?? null;
  const { trafficStartMs } = engine;
  return {
    phases: Object.fromEntries([...phaseSums(path)].map(([phase, ms]) => [phase, seconds(ms)])),
    criticalPath: path.map(({ phase, startMs, endMs }) => ({
      phase,
      startSeconds: seconds(startMs),
      endSeconds: seconds(endMs),
    })),
    upResources: engine.resources.map(({ name, startMs, endMs }) => ({
      name,
      startSeconds: fromLoss(startMs),
      endSeconds: fromLoss(endMs),
      slackSeconds: trafficStartMs === null ? null : seconds(Math.max(0, trafficStartMs - endMs)),
    })),
    provedAfterSeconds: proved === null ? null : fromLoss(proved),
  };
}
