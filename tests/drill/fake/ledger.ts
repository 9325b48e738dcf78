import type { LedgerEntry } from "../../../contract/ledger.ts";
import { emptyHead, type LedgerEvent, linkEntry } from "../../../contract/ledger-chain.ts";

export interface FakeLedger {
  add(event: LedgerEvent): void;
  entries(): readonly LedgerEntry[];
  text(): string;
}

export function createFakeLedger(): FakeLedger {
  let head = emptyHead;
  const lines: string[] = [];
  const entries: LedgerEntry[] = [];
  return {
    add(event) {
      const linked = linkEntry(head, event);
      head = linked.head;
      lines.push(linked.line);
      entries.push(JSON.parse(linked.line) as LedgerEntry);
    },
    entries: () => entries,
    text: () => lines.map((line) => `${line}\n`).join(""),
  };
}
