import type { JournalEntry } from "../../contract/journal.ts";
import type { StepOutcome } from "../outcome.ts";

/** What the processes before this one did of a run, read from its journal; pure. */
export interface Past {
  /** Steps that are over, with how they ended: none of them is done again. */
  readonly ended: ReadonlyMap<string, StepOutcome>;
  /** Steps that did something, or may have, and whose undoing is still owed. */
  readonly began: ReadonlySet<string>;
  /** Undoings that were done already. */
  readonly rolledBack: ReadonlySet<string>;
  readonly lastAtMs: number;
}

/** How a reason begins that says nothing of the step: somebody stopped the run before it. */
export const stoppedWords = "the run was stopped: ";

export function readPast(entries: readonly JournalEntry[]): Past {
  const ended = new Map<string, StepOutcome>();
  const began = new Set<string>();
  const rolledBack = new Set<string>();
  for (const entry of entries) {
    if (entry.kind === "stepStarted") {
      began.add(entry.step);
      ended.delete(entry.step); // done again
    }
    if (entry.kind === "stepEnded") {
      const { step, outcome: kind, reason } = entry;
      if (kind === "skipped") began.delete(step);
      if (isOver(kind, reason)) ended.set(step, { kind, reason });
    }
    if (entry.kind === "rollback" && entry.ok) rolledBack.add(entry.step);
  }
  return { ended, began, rolledBack, lastAtMs: entries.at(-1)?.atMs ?? 0 };
}

/** Neither what was cut off nor what was not begun because of a stop is over. */
function isOver(kind: StepOutcome["kind"], reason: string | null): boolean {
  if (kind === "cancelled") return false;
  return kind !== "skipped" || !(reason ?? "").startsWith(stoppedWords);
}
