import type { StoredSet } from "./ports/repository.ts";

/** How old the newest sets may be; null where nobody said. */
export interface BackupAgeLimits {
  readonly newestSeconds: number;
  readonly fullSeconds: number;
}

/**
 * Why the sets of a repository are older than policy allows, or null. A restore may work all the same: what it
 * costs is hours of WAL to replay, and the day when the WAL before the gap is expired. No set at all is another finding.
 */
export function tooOld(
  sets: readonly Pick<StoredSet, "label" | "type" | "storedAtMs">[],
  limits: BackupAgeLimits,
  nowMs: number,
): string | null {
  const newest = newestOf(sets);
  const full = newestOf(sets.filter(({ type }) => type === "full"));
  const late = (what: string, set: typeof newest, limitSeconds: number): string | null => {
    if (set === null) return null;
    const age = Math.round((nowMs - set.storedAtMs) / 1000);
    return age > limitSeconds
      ? `the newest ${what} (${set.label}) is ${inWords(age)} old, the schedules allow ${inWords(limitSeconds)}`
      : null;
  };
  return late("backup set", newest, limits.newestSeconds) ?? late("full backup", full, limits.fullSeconds);
}

function newestOf<T extends { readonly storedAtMs: number }>(sets: readonly T[]): T | null {
  return sets.reduce<T | null>(
    (newest, set) => (newest === null || set.storedAtMs > newest.storedAtMs ? set : newest),
    null,
  );
}

function inWords(seconds: number): string {
  if (seconds < 120) return `${seconds} s`;
  return seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}
