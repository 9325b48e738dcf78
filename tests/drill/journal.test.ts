import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { createJournal, verifyJournal } from "../../drill/journal.ts";
import { createRunDirectory, writeWhole } from "../../drill/run-directory.ts";
import { createFakeClock } from "./fake/clock.ts";
import { fakeRun } from "./fake/run.ts";
import { freshDirectory } from "./fake/run-folders.ts";

/** The chain of the journal. That fsync reaches a disk is not shown here. */

async function journalText(): Promise<string> {
  const { directory } = await fakeRun();
  return readFileSync(join(directory, "journal.jsonl"), "utf8");
}

describe("journal", () => {
  test("a whole one has no problems, opens first and closes last", async () => {
    const reading = verifyJournal(await journalText());
    expect(reading.problems).toEqual([]);
    expect(reading.torn).toBe(false);
    expect(reading.entries.at(0)?.kind).toBe("open");
    expect(reading.entries.at(-1)?.kind).toBe("close");
  });

  test("any changed, removed, doubled or moved line is seen", async () => {
    const text = await journalText();
    const lines = text.split("\n").slice(0, -1);
    const join = (list: readonly string[]): string => list.map((line) => `${line}\n`).join("");
    const step = Math.max(1, Math.floor(lines.length / 25));
    for (let index = 1; index < lines.length - 1; index += step) {
      const line = lines[index] ?? "";
      const changed = line.replace(/"atMs":[\d.]+/, '"atMs":0.125');
      expect(verifyJournal(join(lines.with(index, changed))).problems, `changed ${index}`).not.toEqual([]);
      expect(verifyJournal(join(lines.toSpliced(index, 1))).problems, `removed ${index}`).not.toEqual([]);
      expect(verifyJournal(join(lines.toSpliced(index, 0, line))).problems, `doubled ${index}`).not.toEqual(
        [],
      );
      const next = lines[index + 1] ?? "";
      expect(
        verifyJournal(join(lines.with(index, next).with(index + 1, line))).problems,
        `moved ${index}`,
      ).not.toEqual([]);
    }
  });

  test("a torn last line is a death, not a change", async () => {
    const text = await journalText();
    const torn = verifyJournal(text.slice(0, -20));
    expect(torn).toMatchObject({ problems: [], torn: true });
  });

  test("it is there before the first step, and never overwritten", async () => {
    const directory = join(freshDirectory(), "r1");
    createRunDirectory(directory);
    createJournal(directory, createFakeClock(0)).close();
    expect(existsSync(join(directory, "journal.jsonl"))).toBe(true);
    expect(() => createJournal(directory, createFakeClock(0))).toThrow(/EEXIST/);
    expect(() => createRunDirectory(directory)).toThrow(/EEXIST/);
  });

  test("a file is written whole: no part of it is left beside it", () => {
    const directory = freshDirectory();
    writeWhole(join(directory, "a/b.json"), "{}");
    expect(readFileSync(join(directory, "a/b.json"), "utf8")).toBe("{}");
    expect(existsSync(join(directory, "a/b.json.part"))).toBe(false);
  });
});
