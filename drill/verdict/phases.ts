import type { FactReader } from "../facts.ts";
import type { StewardPhase } from "../ports.ts";

/**
 * Where the time from the loss to a proved recovery went. Disjoint and without
 * gaps: each phase ends where the next begins, so they add up. They explain the
 * RTO and never decide it. A boundary nobody saw joins its phase to the next one.
 */
export const phaseNames = [
  "detect",
  "decide",
  "provision",
  "restore",
  "replay",
  "promote",
  "services",
  "traffic",
  "verify",
] as const;
export type PhaseName = (typeof phaseNames)[number];

export interface Phase {
  readonly name: PhaseName;
  readonly startMs: number;
  readonly endMs: number;
}

/** Wall times in, offsets from the loss out. */
export function phasesOf(facts: FactReader, firstServedAtMs: number | null): readonly Phase[] {
  const loss = facts.get("loss");
  if (loss === null) return [];
  const steward = facts.get("stewardPhases") ?? [];
  const begin = (name: StewardPhase): number | null =>
    steward.find(({ phase }) => phase === name)?.startedAtMs ?? null;
  const recovery = facts.get("recovery");
  const ends: Readonly<Record<PhaseName, number | null>> = {
    detect: facts.get("detected")?.atMs ?? null,
    decide: facts.get("up")?.startedAtMs ?? facts.get("declared")?.atMs ?? null,
    provision: begin("restore"),
    restore: begin("replay"),
    replay: begin("promote"),
    promote: begin("ready") ?? recovery?.writableAtMs ?? null,
    services: facts.get("servicesReady")?.atMs ?? null,
    traffic: firstServedAtMs ?? facts.get("traffic")?.atMs ?? null,
    verify: facts.get("keyFunctionsEnded")?.atMs ?? null,
  };
  const phases: Phase[] = [];
  let start = loss.atMs;
  for (const name of phaseNames) {
    const end = ends[name];
    if (end === null) continue;
    // Seen later than the next phase's beginning (polls are coarse): the phase then has no length of its own.
    const clamped = Math.max(start, end);
    phases.push({ name, startMs: start - loss.atMs, endMs: clamped - loss.atMs });
    start = clamped;
  }
  return phases;
}
