/** A duration for people: 0.4 s, 12 s, 3 min 05 s. */
export function words(ms: number): string {
  if (ms < 10_000) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, "0")} s`;
}

export const marks = {
  passed: "ok",
  failed: "FAILED",
  skipped: "skipped",
  timedOut: "TIMED OUT",
  cancelled: "cancelled",
} as const;
