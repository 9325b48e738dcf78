// The ledger on a real file: reading, going on after a crash, and its tail.
import { appendFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { verifyChain } from "../../contract/ledger-chain.ts";
import { openLedgerFile, readLedger, resumeLedger, tailLedger } from "../../drill/adapters/ledger-file.ts";
import { createLedger } from "../../drill/prober/ledger.ts";

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "holdfast-ledger-"));
  path = join(folder, "ledger.jsonl");
});
afterEach(() => rm(folder, { recursive: true }));

async function write(count: number): Promise<void> {
  const { head } = await resumeLedger(path);
  const file = await openLedgerFile(path);
  const ledger = createLedger(file, head);
  for (let index = 0; index < count; index += 1) {
    ledger.append({ kind: "mark", atMs: index, name: `mark ${index}`, detail: "x".repeat(200) });
  }
  await ledger.durable();
  await file.close();
}

describe("readLedger", () => {
  it("reads what verifyChain reads", async () => {
    await write(500);
    const report = await readLedger(path);
    expect(report).toEqual(verifyChain(await readFile(path, "utf8")));
    expect(report.entries).toHaveLength(500);
    expect(report.faults).toEqual([]);
  });

  it("names the line after a changed one", async () => {
    await write(10);
    const text = await readFile(path, "utf8");
    await writeFile(path, text.replace('"mark 4"', '"mark 5"'));
    expect((await readLedger(path)).faults).toMatchObject([{ line: 6 }]);
  });
});

describe("resumeLedger", () => {
  it("begins anew where there is none", async () => {
    expect(await resumeLedger(path)).toMatchObject({ entries: [] });
  });

  it("goes on in the same chain", async () => {
    await write(3);
    await write(2);
    expect((await readLedger(path)).faults).toEqual([]);
    expect((await readLedger(path)).entries).toHaveLength(5);
  });

  it("cuts off a line that was being written when the prober died", async () => {
    await write(700); // longer than one block read backwards
    await appendFile(path, '{"seq":700,"kind":"ma');
    expect((await readLedger(path)).torn).toBe(true);
    await write(1);
    const report = await readLedger(path);
    expect(report).toMatchObject({ faults: [], torn: false });
    expect(report.entries).toHaveLength(701);
  });

  it("does not go on with a chain that was changed", async () => {
    await write(5);
    await writeFile(path, (await readFile(path, "utf8")).replace('"mark 1"', '"mark 9"'));
    await expect(resumeLedger(path)).rejects.toThrow("line 3");
  });
});

describe("tailLedger", () => {
  it("gives the newest entries, oldest first", async () => {
    await write(1000);
    const tail = await tailLedger(path, 400);
    expect(tail).toHaveLength(400);
    expect(tail[0]?.seq).toBe(600);
    expect(tail.at(-1)?.seq).toBe(999);
  });

  it("gives all there are, and none of a missing file", async () => {
    expect(await tailLedger(path, 5)).toEqual([]);
    await write(2);
    await appendFile(path, '{"seq":2');
    expect((await tailLedger(path, 5)).map((entry) => entry.seq)).toEqual([0, 1]);
  });
});
