import type { StewardPhase } from "../../../drill/ports/steward.ts";

/** Of the world's clock; all other times count from the activation's start. */
export const startMs = Date.UTC(2026, 0, 5, 9, 0, 0);

/** From then on dr's database takes writes. */
export const promotedAtMs = 12_000;

export const phasesAtMs: readonly (readonly [StewardPhase, number])[] = [
  ["waiting", 1000],
  ["restore", 3000],
  ["replay", 8000],
  ["promote", 11_000],
  ["stanza", promotedAtMs],
  ["roles", 13_000],
  ["neutralise", 14_000],
  ["archive", 16_000],
  ["ready", 17_000],
];
export const servicesAtMs = 22_000;
/** The public name leads to dr. */
export const trafficAtMs = 24_000;
export const upEndsAtMs = 26_000;
