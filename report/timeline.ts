import type { Verdict } from "../contract/verdict.ts";
import { entriesOf, type RunRecord, wallMs } from "../drill/verdict/record.ts";

export interface Bar {
  readonly label: string;
  readonly kind: "step" | "phase";
  readonly outcome: string;
  /** Offsets from the run's start. */
  readonly startMs: number;
  readonly endMs: number;
}

export interface Timeline {
  readonly bars: readonly Bar[];
  readonly lossMs: number | null;
  readonly servedMs: number | null;
  readonly endMs: number;
}

/** Steps and phases on one axis, with the two moments between which the RTO lies. */
export function timelineOf(record: RunRecord, verdict: Verdict): Timeline {
  const loss = record.facts.get("loss")?.atMs ?? null;
  const lossMs = loss === null ? null : loss - record.open.anchorMs;
  const servedMs = lossMs === null || verdict.rtoSeconds === null ? null : lossMs + verdict.rtoSeconds * 1000;
  const steps = verdict.steps
    .filter((step) => step.outcome !== "skipped")
    .map(({ id, outcome, startMs, endMs }): Bar => ({ label: id, kind: "step", outcome, startMs, endMs }));
  return {
    bars: [...steps, ...phaseBars(verdict, lossMs)],
    lossMs,
    servedMs,
    endMs: Math.max(0, ...steps.map((bar) => bar.endMs)),
  };
}

/** The path as it is; an older verdict has only lengths, each phase beginning where the one before it ended. */
function phaseBars(verdict: Verdict, lossMs: number | null): readonly Bar[] {
  if (lossMs === null) return [];
  if (verdict.criticalPath !== undefined)
    return verdict.criticalPath.map(({ phase, startSeconds, endSeconds }) => ({
      label: phase,
      kind: "phase",
      outcome: "phase",
      startMs: lossMs + startSeconds * 1000,
      endMs: lossMs + endSeconds * 1000,
    }));
  const bars: Bar[] = [];
  let startMs = lossMs;
  for (const [label, length] of Object.entries(verdict.phases)) {
    const endMs = startMs + length * 1000;
    bars.push({ label, kind: "phase", outcome: "phase", startMs, endMs });
    startMs = endMs;
  }
  return bars;
}

/** What happened when, relative to the loss where there was one. */
export function eventsOf(record: RunRecord): readonly { readonly atMs: number; readonly what: string }[] {
  const marks = (record.ledger?.entries ?? []).flatMap((entry) =>
    entry.kind === "mark" ? [{ atMs: entry.atMs, what: `${entry.name}: ${entry.detail}` }] : [],
  );
  const progress = entriesOf(record, "progress")
    .filter(({ source }) => source === "database")
    .map((entry) => ({
      atMs: entry.wallMs ?? wallMs(record, entry.atMs),
      what: `database: ${entry.message}`,
    }));
  return [...marks, ...progress].sort((a, b) => a.atMs - b.atMs);
}
