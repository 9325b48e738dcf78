import { appendFileSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { LedgerEntry } from "../../contract/ledger.ts";
import { verdictSchema } from "../../contract/verdict.ts";
import { readFacts } from "../../drill/facts.ts";
import { renderManifest } from "../../drill/manifest.ts";
import { sha256 } from "../../drill/run-directory.ts";
import { judgeRun } from "../../drill/verdict/judge.ts";
import { type RunRecord, readRun } from "../../drill/verdict/record.ts";
import { UserError } from "../../errors/user-error.ts";
import { fakeRun } from "./fake/run.ts";
import { freshDirectory } from "./fake/run-folders.ts";

/** The judge over a good run's record, changed in one place each time. Whether the record tells the truth is the drill's business. */

let directory: string;
let record: RunRecord;

beforeAll(async () => {
  ({ directory, record } = await fakeRun());
});

const loss = (): number => record.facts.get("loss")?.atMs ?? 0;

function withLedger(change: (entries: readonly LedgerEntry[]) => readonly LedgerEntry[]): RunRecord {
  const ledger = record.ledger;
  if (ledger === null) throw new Error("the good run has a ledger");
  return { ...record, ledger: { ...ledger, entries: change(ledger.entries) } };
}

describe("judgeRun", () => {
  test("the good run is met, and its verdict fits the contract", () => {
    const verdict = judgeRun(record);
    expect(verdictSchema.parse(verdict)).toEqual(verdict);
    expect(verdict.judgement).toBe("met");
  });

  test("the same record gives the same verdict", () => {
    expect(JSON.stringify(judgeRun(readRun(directory)))).toBe(JSON.stringify(judgeRun(record)));
  });

  test("RTO over its target is missed", () => {
    const verdict = judgeRun({
      ...record,
      open: { ...record.open, targets: { rtoSeconds: 24, rpoSeconds: 900 } },
    });
    expect(verdict.rto).toEqual({ judgement: "missed", reason: "25 s is over the 24 s allowed" });
    expect(verdict).toMatchObject({ judgement: "missed", rpo: { judgement: "met" } });
  });

  test("RPO over its target is missed", () => {
    const verdict = judgeRun({
      ...record,
      open: { ...record.open, targets: { rtoSeconds: 14_400, rpoSeconds: 19 } },
    });
    expect(verdict).toMatchObject({
      judgement: "missed",
      rpo: { judgement: "missed" },
      rto: { judgement: "met" },
    });
  });

  test("RTO counts from the loss to the answer, not to a step's end", () => {
    const served = record.ledger?.entries.find(
      (entry) => entry.kind === "user" && entry.ok && entry.site === "dr",
    );
    expect(judgeRun(record).rtoSeconds).toBe(((served?.atMs ?? 0) - loss()) / 1000);
  });

  test("a success that the old epoch served does not end the RTO", () => {
    const changed = withLedger((entries) =>
      entries.map((entry) => (entry.kind === "user" && entry.site === "dr" ? { ...entry, epoch: 1 } : entry)),
    );
    expect(judgeRun(changed)).toMatchObject({
      rtoSeconds: null,
      rto: { judgement: "notJudged" },
      deviated: true,
    });
  });

  test("nobody served for longer than the target is missed, not unknown", () => {
    const changed = withLedger((entries) =>
      entries.map((entry) => (entry.kind === "user" ? { ...entry, ok: false } : entry)),
    );
    const verdict = judgeRun({
      ...changed,
      open: { ...record.open, targets: { rtoSeconds: 10, rpoSeconds: 900 } },
    });
    expect(verdict).toMatchObject({ rtoSeconds: null, rto: { judgement: "missed" } });
  });

  test("no acknowledgement in the two seconds before the loss: RPO is not judged", () => {
    const changed = withLedger((entries) =>
      entries.filter(
        (entry) =>
          entry.kind !== "ack" ||
          entry.writer !== "heartbeat" ||
          entry.atMs < loss() - 2000 ||
          entry.atMs > loss(),
      ),
    );
    expect(judgeRun(changed)).toMatchObject({
      rpoSeconds: null,
      rpo: { judgement: "notJudged" },
      judgement: "notJudged",
    });
  });

  test("lost transactions are counted for both writers", () => {
    expect(judgeRun(record)).toMatchObject({
      lostTransactions: 300,
      lostByWriter: { heartbeat: 100, load: 200 },
    });
  });

  test("without the load's rows the count flatters, so it is not met", () => {
    const changed = withLedger((entries) =>
      entries.filter((entry) => entry.kind !== "ack" || entry.writer !== "load"),
    );
    expect(judgeRun(changed).judgement).toBe("notJudged");
  });

  test("a hole below the newest present row is corruption", () => {
    const present = record.present?.map((part) => ({
      ...part,
      ranges: part.ranges.flatMap(([from, to]): [number, number][] => [
        [from, from + 3],
        [from + 5, to],
      ]),
    }));
    const verdict = judgeRun({ ...record, present: present ?? null });
    expect(verdict.judgement).toBe("missed");
    expect(verdict.integrity.find(({ id }) => id === "no-holes")?.judgement).toBe("missed");
    expect(verdict.findings.map(({ id }) => id)).toContain("CORRUPTION");
  });

  test("what was not read back is not judged", () => {
    expect(judgeRun({ ...record, present: null })).toMatchObject({
      lostTransactions: null,
      rpo: { judgement: "notJudged" },
    });
  });

  test.each(["system-identifier", "indexes", "protected-again", "login", "write"])(
    "the proof %s is missed when it is not there",
    (id) => {
      const entries = record.entries.filter((entry) => entry.kind !== "check" || entry.id !== id);
      const verdict = judgeRun({ ...record, entries });
      expect([...verdict.integrity, ...verdict.keyFunctions].find((item) => item.id === id)?.judgement).toBe(
        "notJudged",
      );
      expect(verdict.judgement).toBe("notJudged");
    },
  );

  test("a run whose process died is interrupted, and not met", () => {
    const entries = record.entries.slice(0, -1);
    const verdict = judgeRun({ ...record, entries, close: null });
    expect(verdict).toMatchObject({ status: "interrupted", endedAt: null, judgement: "missed" });
  });

  test("a run without any fact is not met", () => {
    const verdict = judgeRun({
      ...record,
      facts: readFacts([]),
      entries: record.entries.slice(0, 1),
      ledger: null,
      present: null,
    });
    expect(verdict.judgement).not.toBe("met");
    expect(verdict.steps.every((step) => step.outcome === "skipped")).toBe(true);
  });
});

describe("a record that was changed is never met", () => {
  const copies: string[] = [];
  afterAll(() => {
    for (const copy of copies) rmSync(copy, { recursive: true, force: true });
  });

  /** A copy of the good run under the same name, with one thing done to it. */
  async function tamper(change: (copy: string) => void): Promise<RunRecord> {
    const root = freshDirectory();
    const copy = join(root, "r1");
    const { cpSync } = await import("node:fs");
    cpSync(directory, copy, { recursive: true });
    copies.push(root);
    change(copy);
    return readRun(copy);
  }
  const edit = (path: string, change: (text: string) => string): void =>
    writeFileSync(path, change(readFileSync(path, "utf8")));
  const expectTampered = (changed: RunRecord): void => {
    const verdict = judgeRun(changed);
    expect(verdict.judgement).toBe("missed");
    expect(verdict.rto.judgement).toBe("notJudged");
    expect(verdict.findings.map(({ id }) => id)).toContain("RUN_TAMPERED");
  };
  const ledgerOf = (copy: string): string => join(copy, "evidence/ledger.jsonl");

  test("the untouched copy is met", async () => {
    expect(judgeRun(await tamper(() => undefined)).judgement).toBe("met");
  });

  test("one row of the ledger", async () => {
    expectTampered(
      await tamper((copy) => edit(ledgerOf(copy), (text) => text.replace(/"number":17,/, '"number":18,'))),
    );
  });

  test("the last row of the ledger, which no later row holds", async () => {
    expectTampered(
      await tamper((copy) => edit(ledgerOf(copy), (text) => text.replace(/\n[^\n]*"stop"[^\n]*\n$/, "\n"))),
    );
  });

  test("a ledger row, with journal and manifest made to fit", async () => {
    const changed = await tamper((copy) => {
      const before = sha256(readFileSync(ledgerOf(copy)));
      edit(ledgerOf(copy), (text) => text.replace(/"number":17,/, '"number":18,'));
      const after = sha256(readFileSync(ledgerOf(copy)));
      edit(join(copy, "journal.jsonl"), (text) => text.replace(before, after));
      edit(join(copy, "manifest.json"), (text) => text.replace(before, after));
    });
    expectTampered(changed);
  });

  test("deleted evidence", async () => {
    expectTampered(await tamper((copy) => rmSync(join(copy, "evidence/integrity.json"))));
  });

  test("evidence that was added", async () => {
    expectTampered(await tamper((copy) => writeFileSync(join(copy, "evidence/more.json"), "{}")));
  });

  test("a manifest made anew", async () => {
    expectTampered(
      await tamper((copy) => writeFileSync(join(copy, "manifest.json"), renderManifest("r1", []).text)),
    );
  });

  test("a missing manifest", async () => {
    expectTampered(await tamper((copy) => rmSync(join(copy, "manifest.json"))));
  });

  test("a changed line of the journal", async () => {
    expectTampered(
      await tamper((copy) =>
        edit(join(copy, "journal.jsonl"), (text) =>
          text.replace('"operator":"tester"', '"operator":"nobody"'),
        ),
      ),
    );
  });

  test("a line after the end of the journal", async () => {
    expectTampered(await tamper((copy) => appendFileSync(join(copy, "journal.jsonl"), '{"kind":"note"}\n')));
  });

  test("the run of another id", async () => {
    const root = freshDirectory();
    const { cpSync } = await import("node:fs");
    cpSync(directory, join(root, "r2"), { recursive: true });
    copies.push(root);
    expectTampered(readRun(join(root, "r2")));
  });

  test("a journal cut short looks like a run that died: not met either", async () => {
    const changed = await tamper((copy) =>
      edit(join(copy, "journal.jsonl"), (text) => `${text.split("\n").slice(0, -2).join("\n")}\n`),
    );
    expect(judgeRun(changed)).toMatchObject({ status: "interrupted", judgement: "missed" });
  });

  test("an empty directory is refused as tampered, with exit status 1", () => {
    const empty = freshDirectory();
    copies.push(empty);
    expect(() => readRun(empty)).toThrow(UserError);
    expect(() => readRun(empty)).toThrow(/no journal/);
    writeFileSync(join(empty, "journal.jsonl"), "");
    expect(() => readRun(empty)).toThrow(/does not say how it began/);
  });

  test("a directory that is not there is not found", () => {
    expect(() => readRun("/nowhere/r9")).toThrow(/no such run/);
  });
});
