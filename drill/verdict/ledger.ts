import type { LedgerEntry } from "../../contract/ledger.ts";
import { verifyChain } from "../../contract/ledger-chain.ts";

export type AckEntry = Extract<LedgerEntry, { kind: "ack" }>;
export type UserEntry = Extract<LedgerEntry, { kind: "user" }>;

export interface LedgerReading {
  readonly entries: readonly LedgerEntry[];
  /** Empty when every line follows the one before it. */
  readonly problems: readonly string[];
}

/** A last line without its end is the prober's death, not a change. */
export function verifyLedger(text: string): LedgerReading {
  const { entries, faults } = verifyChain(text);
  const problems = faults.map(({ line, what }) => `ledger line ${line} ${what}`);
  if (entries.length === 0) problems.push("the ledger is empty");
  else if (entries[0]?.kind !== "start") problems.push("the ledger does not begin with its start");
  return { entries, problems };
}

export function acksOf(entries: readonly LedgerEntry[], epoch: number): readonly AckEntry[] {
  return entries.filter((entry): entry is AckEntry => entry.kind === "ack" && entry.epoch === epoch);
}

export function usersOf(entries: readonly LedgerEntry[]): readonly UserEntry[] {
  return entries.filter((entry): entry is UserEntry => entry.kind === "user");
}

/** As a rehearsal is seen: its users are those of its own name, and the business's do not count. */
export function throughCanary(entries: readonly LedgerEntry[]): readonly LedgerEntry[] {
  return entries.flatMap((entry): readonly LedgerEntry[] => {
    if (entry.kind === "canary") return [{ ...entry, kind: "user" }];
    return entry.kind === "user" ? [] : [entry];
  });
}
