import type { Verdict } from "../contract/verdict.ts";
import { archiveLag, type LagPoint } from "../drill/verdict/archive-lag.ts";
import type { RunRecord } from "../drill/verdict/record.ts";
import { secondsInWords } from "./figures.ts";

/** Empty in runs of an older version, and where there was no loss. */
export function lagOf(record: RunRecord): readonly LagPoint[] {
  const loss = record.facts.get("loss")?.atMs ?? null;
  return archiveLag(record.ledger?.entries ?? [], record.archived, loss);
}

export function lagWords(points: readonly LagPoint[], verdict: Verdict): string {
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined) return "";
  const worst = Math.max(...points.map(({ behindSeconds }) => behindSeconds));
  const seconds = (value: number): string => secondsInWords(Math.round(value * 10) / 10);
  return [
    `In the ${seconds(-first.second)} before the loss the third place's archive was at most ${seconds(worst)} behind what was acknowledged, and ${seconds(last.behindSeconds)} at the loss (target ${secondsInWords(verdict.rpoTargetSeconds)}).`,
    "From the times at which the store took each WAL segment, in its whole seconds, and the ledger's positions.",
  ].join(" ");
}
