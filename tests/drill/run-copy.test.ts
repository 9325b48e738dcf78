import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { fetchRun } from "../../cli/drill/third-place.ts";
import { createJournal, verifyJournal } from "../../drill/journal.ts";
import { renderManifest } from "../../drill/manifest.ts";
import { createRunCopier } from "../../drill/run-copy/copier.ts";
import { contradictions, readJournalCopy } from "../../drill/run-copy/read.ts";
import { copyKeys, journalPrefix } from "../../drill/run-copy/store.ts";
import { sha256 } from "../../drill/run-directory.ts";
import { siteLoss } from "../../drill/scenario/site-loss.ts";
import { judgeRun } from "../../drill/verdict/judge.ts";
import { readRun } from "../../drill/verdict/record.ts";
import { createFakeClock } from "./fake/clock.ts";
import { killedAt } from "./fake/kill.ts";
import { fakeRun, testOptions } from "./fake/run.ts";
import { freshDirectory } from "./fake/run-folders.ts";
import { createFakeRunStore } from "./fake/run-store.ts";
import { createFakeWorld } from "./fake/world.ts";

/** A run's copy in the third place, over a bucket in memory. That the real bucket keeps what is in it is the lab's test. */

const { signal } = new AbortController();
const journalOf = (directory: string): string => readFileSync(join(directory, "journal.jsonl"), "utf8");

async function copiedRun() {
  const bucket = createFakeRunStore();
  const run = await fakeRun({ store: bucket.store });
  return { bucket, run };
}

describe("a run is written through", () => {
  test("all of it is there at its end, in few parts, and drawn from there it is the same verdict", async () => {
    const { bucket, run } = await copiedRun();
    const copy = await readJournalCopy(bucket.store, "r1", signal);
    expect(copy?.journalText).toBe(journalOf(run.directory));
    const parts = bucket.keys().filter((key) => key.startsWith(journalPrefix("r1")));
    // One for each step and second, not one for each line.
    expect(parts.length).toBeLessThan(run.record.entries.length);
    const elsewhere = freshDirectory();
    const { directory } = await fetchRun(bucket.store, "r1", elsewhere);
    expect(JSON.stringify(judgeRun(readRun(directory)))).toBe(JSON.stringify(run.verdict));
    expect(run.verdict.judgement).toBe("met");
  });

  test("what the driver noted of a step is there before the step acts", async () => {
    const bucket = createFakeRunStore();
    const world = createFakeWorld();
    await killedAt({
      world,
      scenario: siteLoss(testOptions),
      step: "fault",
      moment: "before",
      store: bucket.store,
    });
    const copy = await readJournalCopy(bucket.store, "r1", signal);
    const { entries, problems } = verifyJournal(copy?.journalText ?? "");
    expect(problems).toEqual([]);
    expect(entries.at(-1)).toMatchObject({ kind: "stepStarted", step: "fault" });
  });

  test("a store that is down stops nothing and is a finding", async () => {
    const bucket = createFakeRunStore();
    bucket.state.down = true;
    const { verdict } = await fakeRun({ store: bucket.store });
    expect(verdict.status).toBe("completed");
    expect(verdict).toMatchObject({ judgement: "met", rtoSeconds: 25 });
    expect(verdict.findings).toMatchObject([
      { id: "RUN_COPY_INCOMPLETE", severity: "warning", what: expect.stringContaining("connection refused") },
    ]);
  });

  test("a store that comes back gets what it missed", async () => {
    const bucket = createFakeRunStore();
    bucket.state.down = true;
    const run = await fakeRun({
      store: bucket.store,
      onEvent: (event) => {
        if (event.kind === "started" && event.step === "fault") bucket.state.down = false;
      },
    });
    expect(run.verdict.findings).toEqual([]);
    expect((await readJournalCopy(bucket.store, "r1", signal))?.journalText).toBe(journalOf(run.directory));
  });

  test("a bug of the copy's own is a finding too", async () => {
    const bucket = createFakeRunStore();
    const store = {
      ...bucket.store,
      add: async () => {
        throw new TypeError("undefined is not a function");
      },
    };
    const { verdict } = await fakeRun({ store });
    expect(verdict.findings.map(({ what }) => what)).toEqual([expect.stringContaining("undefined is not")]);
  });

  test("settling says false at once while the store is down, and waits where it is told to", async () => {
    const clock = createFakeClock(0);
    const bucket = createFakeRunStore();
    bucket.state.down = true;
    const copier = createRunCopier({ store: bucket.store, clock, run: "r1" });
    copier.line(0, "{}");
    expect(await copier.settle(5000, signal)).toBe(false);
    const began = clock.monotonic();
    expect(await copier.settle(5000, signal)).toBe(false);
    expect(clock.monotonic() - began).toBe(0);
    setTimeout(() => {
      bucket.state.down = false;
    }, 20);
    expect(await copier.settle(1e9, signal, true)).toBe(true);
    expect(bucket.keys()).toEqual([copyKeys.journal("r1", 0)]);
    copier.close();
  });
});

describe("a run that was made anew contradicts its copy", () => {
  /** Journal and manifest rewritten so that they fit each other: the directory alone shows nothing. */
  function forge(directory: string): void {
    const ledger = join(directory, "evidence/integrity.json");
    const before = sha256(readFileSync(ledger));
    const files = verifyJournal(journalOf(directory)).entries.flatMap((entry) =>
      entry.kind === "evidence" ? [{ path: entry.path, sha256: entry.sha256, bytes: entry.bytes }] : [],
    );
    writeFileSync(ledger, `${readFileSync(ledger, "utf8")} `);
    const after = sha256(readFileSync(ledger));
    const newest = new Map(
      files.map((file) => [file.path, { ...file, sha256: file.sha256.replace(before, after) }]),
    );
    const manifest = renderManifest("r1", [...newest.values()]);
    const { entries } = verifyJournal(journalOf(directory));
    rmSync(join(directory, "journal.jsonl"));
    const journal = createJournal(directory, createFakeClock(0));
    for (const entry of entries) {
      const { seq: _seq, prev: _prev, ...record } = entry;
      const text = JSON.stringify(record).replace(before, after);
      const closed =
        entry.kind === "close" ? { ...entry, manifestSha256: manifest.sha256 } : JSON.parse(text);
      journal.append(closed);
    }
    journal.close();
    writeFileSync(join(directory, "manifest.json"), manifest.text);
  }

  test("the untouched one does not", async () => {
    const { bucket, run } = await copiedRun();
    const copy = await readJournalCopy(bucket.store, "r1", signal);
    expect(copy === null ? ["no copy"] : contradictions(journalOf(run.directory), copy)).toEqual([]);
  });

  test("journal and manifest rebuilt to fit: met by the directory alone, never beside its copy", async () => {
    const { bucket, run } = await copiedRun();
    forge(run.directory);
    const copy = await readJournalCopy(bucket.store, "r1", signal);
    if (copy === null) throw new Error("the run has a copy");
    const problems = contradictions(journalOf(run.directory), copy);
    expect(problems).toEqual([expect.stringMatching(/journal line \d+ differs from its copy/)]);
    const verdict = judgeRun(readRun(run.directory, problems));
    expect(verdict.judgement).toBe("missed");
    expect(verdict.rto.judgement).toBe("notJudged");
    expect(verdict.findings.map(({ id }) => id)).toContain("RUN_TAMPERED");
    await expect(fetchRun(bucket.store, "r1", join(run.directory, ".."))).rejects.toThrow(
      /differs from its copy/,
    );
  });

  test("one that was cut short", async () => {
    const { bucket, run } = await copiedRun();
    const copy = await readJournalCopy(bucket.store, "r1", signal);
    const lines = journalOf(run.directory).split("\n");
    const short = `${lines.slice(0, -4).join("\n")}\n`;
    expect(copy === null ? [] : contradictions(short, copy)).toEqual([
      "the journal ends before its copy in the third place",
    ]);
  });

  test("a copy that somebody wrote over is read as it was first, and that is said", async () => {
    const { bucket, run } = await copiedRun();
    bucket.overwrite(copyKeys.journal("r1", 0), "nothing happened\n");
    const copy = await readJournalCopy(bucket.store, "r1", signal);
    expect(copy?.journalText).toBe(journalOf(run.directory));
    expect(copy === null ? [] : contradictions(journalOf(run.directory), copy)).toEqual([
      `${copyKeys.journal("r1", 0)} was written over in the third place`,
    ]);
  });

  test("no copy and no directory is no run", async () => {
    const { store } = createFakeRunStore();
    await expect(fetchRun(store, "r9", freshDirectory())).rejects.toThrow(/no such run/);
  });
});
