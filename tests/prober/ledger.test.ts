// The writer of the ledger, on a file in memory. That fsync reaches a disk is the kernel's word, not shown here.
import { describe, expect, it } from "vitest";
import { verifyChain } from "../../contract/ledger-chain.ts";
import { createLedger } from "../../drill/prober/ledger.ts";
import { memoryLedgerFile } from "./fakes.ts";

const mark = (name: string) => ({ kind: "mark", atMs: 1, name, detail: "" }) as const;

describe("createLedger", () => {
  it("keeps the order of append, and what is durable is on disk", async () => {
    const file = memoryLedgerFile({ slowSync: true });
    const ledger = createLedger(file);
    for (let index = 0; index < 100; index += 1) ledger.append(mark(String(index)));
    await ledger.durable();
    expect(file.entries().map((entry) => (entry.kind === "mark" ? entry.name : ""))).toEqual(
      Array.from({ length: 100 }, (_, i) => String(i)),
    );
    expect(verifyChain(file.synced(), ledger.head()).faults).toEqual([]);
  });

  it("writes what came during one fsync with the next", async () => {
    const file = memoryLedgerFile({ slowSync: true });
    const ledger = createLedger(file);
    for (let index = 0; index < 100; index += 1) ledger.append(mark(String(index)));
    await ledger.durable();
    expect(file.syncs()).toBe(2);
  });

  it("waits only for lines that were there when it was asked", async () => {
    const file = memoryLedgerFile({ slowSync: true });
    const ledger = createLedger(file);
    ledger.append(mark("first"));
    const first = ledger.durable();
    const endless = setInterval(() => ledger.append(mark("later")), 0);
    await first;
    clearInterval(endless);
    expect(file.entries()[0]).toMatchObject({ name: "first" });
    await ledger.durable();
  });

  it("fails for ever after a failed write: nothing that follows could be told from a hole", async () => {
    const file = memoryLedgerFile({ slowSync: true });
    const ledger = createLedger(file);
    file.failWith = new Error("no space left on device");
    ledger.append(mark("lost"));
    await expect(ledger.durable()).rejects.toThrow("no space left");
    file.failWith = null;
    ledger.append(mark("after"));
    await expect(ledger.durable()).rejects.toThrow("no space left");
    expect(file.synced()).toBe("");
  });

  it("goes on from the head of an earlier start", async () => {
    const file = memoryLedgerFile({ slowSync: true });
    const earlier = createLedger(file);
    earlier.append(mark("before"));
    await earlier.durable();
    const later = createLedger(file, earlier.head());
    later.append(mark("after"));
    await later.durable();
    expect(verifyChain(file.synced()).faults).toEqual([]);
    expect(file.entries().map((entry) => entry.seq)).toEqual([0, 1]);
  });
});
