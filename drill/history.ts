import type { JournalEntry } from "../contract/journal.ts";

/** How many of the newest runs a forecast looks at. */
const runsLookedAt = 5;

/**
 * What each step took in earlier runs: the median over the newest ones in which it
 * passed. `runs` holds each run's entries, newest first.
 */
export function expectedFrom(runs: readonly (readonly JournalEntry[])[]): Readonly<Record<string, number>> {
  const durations = new Map<string, number[]>();
  for (const entries of runs.slice(0, runsLookedAt))
    for (const entry of entries)
      if (entry.kind === "stepEnded" && entry.outcome === "passed")
        durations.set(entry.step, [...(durations.get(entry.step) ?? []), entry.endMs - entry.startMs]);
  return Object.fromEntries([...durations].map(([step, list]) => [step, Math.round(median(list))]));
}

function median(list: readonly number[]): number {
  const sorted = [...list].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}
