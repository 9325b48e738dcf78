import type { StepOutcomeKind } from "../contract/verdict.ts";

/** How a step ended. Expected ends are values; only bugs and lost connections are thrown. */
export interface StepOutcome {
  readonly kind: StepOutcomeKind;
  /** Null only when passed. */
  readonly reason: string | null;
}

/** Thrown by a step whose proof did not hold: an expected end, not a bug. */
export class StepFailed extends Error {
  constructor(what: string, options: { readonly cause?: unknown } = {}) {
    super(what, options);
    this.name = "StepFailed";
  }
}

/**
 * Thrown by a step whose own tool was killed under it (the engine, by whoever): nothing failed, nothing is known.
 * The run stops where it is, undoes nothing and stays open: `holdfast resume` goes on with it.
 */
export class Suspended extends Error {
  constructor(what: string, options: { readonly cause?: unknown } = {}) {
    super(what, options);
    this.name = "Suspended";
  }
}

/** Reason of an abort: who stopped the run or the group, in words for the journal. */
export class Stopped extends Error {
  readonly by: "signal" | "sibling" | "timeout" | "lease";
  constructor(by: "signal" | "sibling" | "timeout" | "lease", what: string) {
    super(what);
    this.name = "Stopped";
    this.by = by;
  }
}
