import type { LedgerEntry } from "../contract/ledger.ts";

/** What the newest lines of the ledger say; pure, for steps that watch it. */
export type AckEntry = Extract<LedgerEntry, { kind: "ack" }>;
export type UserEntry = Extract<LedgerEntry, { kind: "user" }>;

export function lastAck(
  entries: readonly LedgerEntry[],
  writer: AckEntry["writer"],
  beforeMs = Number.POSITIVE_INFINITY,
): AckEntry | null {
  return (
    entries.findLast(
      (entry): entry is AckEntry => entry.kind === "ack" && entry.writer === writer && entry.atMs <= beforeMs,
    ) ?? null
  );
}

export function lastUser(entries: readonly LedgerEntry[]): UserEntry | null {
  return entries.findLast((entry): entry is UserEntry => entry.kind === "user") ?? null;
}

/** Failures in a row since that time, of users and of writers; any success begins anew. */
export function failuresSince(entries: readonly LedgerEntry[], sinceMs: number): number {
  let failures = 0;
  for (const entry of entries) {
    if (entry.kind !== "ack" && entry.kind !== "unknown" && entry.kind !== "user") continue;
    if (entry.atMs < sinceMs) continue;
    const succeeded = entry.kind === "ack" || (entry.kind === "user" && entry.ok);
    failures = succeeded ? 0 : failures + 1;
  }
  return failures;
}
