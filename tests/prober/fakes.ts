import type { LedgerEntry } from "../../contract/ledger.ts";
import { verifyChain } from "../../contract/ledger-chain.ts";
import type { LedgerFile, NameResolver, SessionOpener, WriterSession } from "../../drill/prober/ports.ts";

export interface MemoryLedgerFile extends LedgerFile {
  /** What would be on disk after a crash now. */
  readonly synced: () => string;
  readonly entries: () => readonly LedgerEntry[];
  readonly syncs: () => number;
  failWith: Error | null;
  sync: () => Promise<void>;
}

/** `slowSync` takes a turn of the event loop, as a disk does; without it virtual time cannot pass meanwhile. */
export function memoryLedgerFile({ slowSync = false } = {}): MemoryLedgerFile {
  let written = "";
  let synced = "";
  let syncs = 0;
  const file: MemoryLedgerFile = {
    failWith: null,
    append: async (text) => {
      if (file.failWith !== null) throw file.failWith;
      written += text;
    },
    sync: async () => {
      syncs += 1;
      const upTo = written;
      if (slowSync) await new Promise((resolve) => setImmediate(resolve));
      synced = upTo;
    },
    synced: () => synced,
    entries: () => verifyChain(synced).entries,
    syncs: () => syncs,
  };
  return file;
}

/** A name that says one address, changed by the test. */
export function fakeResolver(
  address: string,
): NameResolver & { address: string | null; readonly asked: () => number } {
  let asked = 0;
  const resolver = {
    address: address as string | null,
    asked: () => asked,
    resolve: async () => {
      asked += 1;
      if (resolver.address === null) throw new Error("SERVFAIL");
      return [resolver.address];
    },
  };
  return resolver;
}

export interface FakeDatabase {
  readonly address: string;
  alive: boolean;
  /** The connection is known to be gone, as a server that ends says goodbye. */
  dropped: boolean;
  epoch: number;
  /** Numbers that were committed, whether or not anybody heard of it. */
  readonly rows: Set<number>;
  /** What becomes of the next commit; `lost-after` commits and loses the answer. */
  next: "commit" | "lost-before" | "lost-after" | Error;
}

export function fakeDatabase(address: string, epoch = 1): FakeDatabase {
  return { address, alive: true, dropped: false, epoch, rows: new Set(), next: "commit" };
}

export function fakeOpener(databases: readonly FakeDatabase[], opened: string[] = []): SessionOpener {
  return {
    open: async (address) => {
      const database = databases.find((one) => one.address === address);
      if (database === undefined || !database.alive) throw new Error(`${address}: no answer`);
      opened.push(address);
      database.dropped = false;
      const epoch = database.epoch;
      let closed = false;
      const session: WriterSession = {
        address,
        epoch,
        highest: Math.max(0, ...database.rows),
        commit: async (number) => {
          if (closed) throw new Error("used after it was closed");
          if (!database.alive || database.dropped) throw new Error(`${address}: connection lost`);
          const { next } = database;
          database.next = "commit";
          if (next instanceof Error) throw next;
          if (next === "lost-before") throw new Error("connection lost");
          if (database.rows.has(number)) throw new Error(`duplicate key ${number}`);
          database.rows.add(number);
          if (next === "lost-after") throw new Error("connection lost");
          return {
            lsn: `0/${(number * 256).toString(16).toUpperCase()}`,
            timeline: 1,
            epoch: database.epoch,
          };
        },
        alive: () => !database.dropped,
        close: () => {
          closed = true;
        },
      };
      return session;
    },
  };
}
