import type { LedgerEntry } from "../../contract/ledger.ts";

/** What was acknowledged and served around the loss. */
export interface Second {
  /** From the loss on. */
  readonly second: number;
  readonly commits: number;
  /** Of those, what is absent after the recovery. */
  readonly lostCommits: number;
  readonly usersServed: number;
  readonly usersFailed: number;
}

/** So much of the time before the loss shows what was usual, and so much after the recovery that it is again. */
const beforeSeconds = 20;
const afterSeconds = 20;

/**
 * The ledger around the loss, second by second. Empty where there was no loss.
 *
 * @param isLost whether an acknowledged row is absent after the recovery
 */
export function secondsAround(
  entries: readonly LedgerEntry[],
  lossAtMs: number | null,
  rtoSeconds: number | null,
  isLost: (entry: LedgerEntry & { readonly kind: "ack" }) => boolean = () => false,
): readonly Second[] {
  if (lossAtMs === null) return [];
  const endMs = entries.at(-1)?.atMs ?? lossAtMs;
  const last = Math.ceil(rtoSeconds === null ? (endMs - lossAtMs) / 1000 : rtoSeconds + afterSeconds);
  const seconds = Array.from({ length: Math.max(1, beforeSeconds + last) }, (_, index) => ({
    second: index - beforeSeconds,
    commits: 0,
    lostCommits: 0,
    usersServed: 0,
    usersFailed: 0,
  }));
  for (const entry of entries) {
    const found = seconds[Math.floor((entry.atMs - lossAtMs) / 1000) + beforeSeconds];
    if (found === undefined) continue;
    if (entry.kind === "ack") {
      found.commits += 1;
      if (isLost(entry)) found.lostCommits += 1;
    }
    if (entry.kind === "user" && entry.ok) found.usersServed += 1;
    if (entry.kind === "user" && !entry.ok) found.usersFailed += 1;
  }
  return seconds;
}
