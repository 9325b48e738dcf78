import type { LedgerEntry } from "../../contract/ledger.ts";
import type { Second } from "./charts.ts";

/** So much of the time before the loss shows what was usual, and so much after the recovery that it is again. */
const beforeSeconds = 20;
const afterSeconds = 20;

/** The ledger around the loss, second by second. Empty where there was no loss. */
export function secondsAround(
  entries: readonly LedgerEntry[],
  lossAtMs: number | null,
  rtoSeconds: number | null,
): readonly Second[] {
  if (lossAtMs === null) return [];
  const endMs = entries.at(-1)?.atMs ?? lossAtMs;
  const last = Math.ceil(rtoSeconds === null ? (endMs - lossAtMs) / 1000 : rtoSeconds + afterSeconds);
  const seconds = Array.from({ length: Math.max(1, beforeSeconds + last) }, (_, index) => ({
    second: index - beforeSeconds,
    commits: 0,
    usersServed: 0,
    usersFailed: 0,
  }));
  for (const entry of entries) {
    const found = seconds[Math.floor((entry.atMs - lossAtMs) / 1000) + beforeSeconds];
    if (found === undefined) continue;
    if (entry.kind === "ack") found.commits += 1;
    if (entry.kind === "user" && entry.ok) found.usersServed += 1;
    if (entry.kind === "user" && !entry.ok) found.usersFailed += 1;
  }
  return seconds;
}
