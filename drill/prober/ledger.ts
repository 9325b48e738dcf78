import { type ChainHead, emptyHead, type LedgerEvent, linkEntry } from "../../contract/ledger-chain.ts";
import type { LedgerFile } from "./ports.ts";

/**
 * Lines are linked in the order of `append`, which is the order in which the
 * acknowledgements came, and reach the disk in groups: whatever came while one fsync
 * ran goes out with the next, so the fsyncs never pile up and nobody waits for a timer.
 */
export interface Ledger {
  append(event: LedgerEvent): ChainHead;
  /** Resolves when every line appended before the call is on disk. Rejects for ever after a failed write. */
  durable(): Promise<void>;
  /** Lines that are not on disk yet. */
  backlog(): number;
  head(): ChainHead;
}

interface Waiter {
  readonly seq: number;
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

export function createLedger(file: LedgerFile, start: ChainHead = emptyHead): Ledger {
  let head = start;
  let syncedSeq = start.seq;
  let lines: string[] = [];
  let waiters: Waiter[] = [];
  let draining = false;
  let failure: { readonly reason: unknown } | null = null;

  async function drain(): Promise<void> {
    draining = true;
    try {
      while (lines.length > 0) {
        const group = lines;
        lines = [];
        await file.append(`${group.join("\n")}\n`);
        await file.sync();
        syncedSeq += group.length;
        const served = waiters.filter((waiter) => waiter.seq <= syncedSeq);
        waiters = waiters.filter((waiter) => waiter.seq > syncedSeq);
        for (const waiter of served) waiter.resolve();
      }
    } catch (reason) {
      failure = { reason };
      for (const waiter of waiters) waiter.reject(reason);
      waiters = [];
    } finally {
      draining = false;
    }
  }

  return {
    append: (event) => {
      const linked = linkEntry(head, event);
      head = linked.head;
      lines.push(linked.line);
      if (!draining && failure === null) void drain();
      return head;
    },
    durable: () => {
      if (failure !== null) return Promise.reject(failure.reason);
      const seq = head.seq;
      if (seq <= syncedSeq) return Promise.resolve();
      return new Promise((resolve, reject) => waiters.push({ seq, resolve, reject }));
    },
    backlog: () => head.seq - syncedSeq,
    head: () => head,
  };
}
