import { type PhaseName, phaseNames, unattributed } from "../../contract/phases.ts";
import type { FactReader } from "../facts.ts";
import type { StewardPhase } from "../ports/steward.ts";
import type { EngineTimes } from "./engine.ts";

/*
 * Phases explain the RTO and never decide it: the ledger does, and they add up to what it says.
 */

/** Something of a phase was going on, by the evidence; wall times. */
export interface Interval {
  readonly phase: PhaseName;
  readonly startMs: number;
  readonly endMs: number;
}

/** A piece of the way from the loss to the first user served; offsets from the loss. */
export interface Segment {
  readonly phase: PhaseName | typeof unattributed;
  readonly startMs: number;
  readonly endMs: number;
}

/**
 * The critical path: segments without gap or overlap that fill `fromMs` to `toMs`.
 * `intervals` come in the order in which one waits for the other. Where two overlap (polls
 * are coarse, clocks differ) the earlier one keeps the time; where none is, it is unattributed.
 */
export function criticalPath(
  intervals: readonly Interval[],
  fromMs: number,
  toMs: number,
): readonly Segment[] {
  const segments: Segment[] = [];
  const add = (phase: Segment["phase"], startMs: number, endMs: number): void => {
    const last = segments.at(-1);
    if (last?.phase === phase && last.endMs === startMs) segments[segments.length - 1] = { ...last, endMs };
    else segments.push({ phase, startMs, endMs });
  };
  let reached = fromMs;
  for (const { phase, startMs, endMs } of intervals) {
    const start = Math.min(Math.max(Math.round(startMs), reached), toMs);
    const end = Math.min(Math.round(endMs), toMs);
    if (end <= start) continue;
    if (start > reached) add(unattributed, reached, start);
    add(phase, start, end);
    reached = end;
  }
  if (reached < toMs) add(unattributed, reached, toMs);
  return segments.map(({ phase, startMs, endMs }) => ({
    phase,
    startMs: startMs - fromMs,
    endMs: endMs - fromMs,
  }));
}

/** Milliseconds of each phase, in the phases' order; they add up to the path's length. */
export function phaseSums(segments: readonly Segment[]): ReadonlyMap<Segment["phase"], number> {
  const sums = new Map<Segment["phase"], number>();
  for (const name of [...phaseNames, unattributed] as const) {
    const own = segments.filter(({ phase }) => phase === name);
    if (own.length > 0 || name === unattributed)
      sums.set(
        name,
        own.reduce((sum, { startMs, endMs }) => sum + endMs - startMs, 0),
      );
  }
  return sums;
}

/**
 * The path of a run, from the loss to the first user served; where nobody was, to the
 * last thing that was seen. Null where there was no loss.
 */
export function pathOf(
  facts: FactReader,
  engine: EngineTimes,
  servedAtMs: number | null,
): readonly Segment[] | null {
  const loss = facts.get("loss");
  if (loss === null) return null;
  const intervals = intervalsOf(facts, engine, loss.atMs, servedAtMs);
  const lastMs = Math.max(loss.atMs, ...intervals.map(({ endMs }) => Math.round(endMs)));
  return criticalPath(intervals, Math.round(loss.atMs), Math.round(servedAtMs ?? lastMs));
}

/** What waits for what: each boundary from whoever saw it best; one that nobody saw leaves a gap. */
function intervalsOf(
  facts: FactReader,
  engine: EngineTimes,
  lossAtMs: number,
  servedAtMs: number | null,
): readonly Interval[] {
  const steward = facts.get("stewardPhases") ?? [];
  const begin = (name: StewardPhase): number | null =>
    steward.find(({ phase }) => phase === name)?.startedAtMs ?? null;
  const detected = facts.get("detected")?.atMs ?? null;
  const up = facts.get("up")?.startedAtMs ?? null;
  const replay = begin("replay");
  // The init container's last byte; an older pod does not say, and then its end is the next container's start.
  const restored = facts.get("restored")?.atMs ?? replay;
  const ready = begin("ready") ?? facts.get("recovery")?.writableAtMs ?? null;
  const servicesReady = engine.trafficStartMs ?? facts.get("servicesReady")?.atMs ?? null;
  const switched = engine.trafficEndMs ?? facts.get("traffic")?.atMs ?? null;
  const between = (phase: PhaseName, startMs: number | null, endMs: number | null): readonly Interval[] =>
    startMs === null || endMs === null ? [] : [{ phase, startMs, endMs }];
  return [
    ...between("detect", lossAtMs, detected),
    ...between("decide", detected, up),
    ...between("provision", up, begin("restore")),
    ...between("restore", begin("restore"), restored),
    // The pod's own containers start only now: kubelet's work again.
    ...between("provision", restored, replay),
    ...between("replay", replay, begin("promote")),
    ...between("promote", begin("promote"), ready),
    ...between("services", ready, servicesReady),
    ...between("traffic", servicesReady, switched),
    ...between("verify", switched, servedAtMs),
  ];
}
