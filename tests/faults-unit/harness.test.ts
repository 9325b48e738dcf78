// Shows: how `make test-faults` shares its work out, what it keeps of a run, and that the page's table says only what
// a kept outcome says. Does not show any fault: tests/faults does, on the lab.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { gapsIn, nextSegment } from "../faults/support/archive.ts";
import { faults } from "../faults/support/catalogue.ts";
import {
  gather,
  type Outcome,
  outcomeSchema,
  readOutcome,
  renderTable,
  replaceTable,
  writeOutcome,
} from "../faults/support/outcomes.ts";
import { asVersion17, controlVersion } from "../faults/support/pg-control.ts";
import { isInShard, minutesOfUnits, parseShard, shardsOf } from "../faults/support/shard.ts";

const outcome = (changes: Partial<Outcome> = {}): Outcome => ({
  schemaVersion: 1,
  number: 6,
  outcome: "passed",
  seen: ["error 050 | skipped"],
  error: null,
  commit: "0123456789abcdef",
  dirty: false,
  digest: "d",
  command: "FORCE=1 make test-faults ONLY=6",
  startedAt: "2026-11-25T05:00:00.000Z",
  seconds: 12.4,
  ...changes,
});

describe("shards", () => {
  it.each(["", "0/2", "3/2", "1", "1/0", "a/b"])("%j is refused", (text) => {
    expect(() => parseShard(text)).toThrow(/SHARD=/);
  });

  it.each([1, 2, 3, 4, 7])("of %i have every unit exactly once", (of) => {
    const units = shardsOf(minutesOfUnits, of).flat();
    expect(units.toSorted()).toEqual(Object.keys(minutesOfUnits).toSorted());
  });

  it("of six are under an hour each", () => {
    for (const units of shardsOf(minutesOfUnits, 6))
      expect(units.reduce((sum, unit) => sum + (minutesOfUnits[unit] ?? 0), 0)).toBeLessThanOrEqual(60);
  });

  it("agree with what a test asks", () => {
    const mine = [1, 2, 3].filter((index) => isInShard("33", { index, of: 3 }));
    expect(mine).toHaveLength(1);
  });
});

describe("outcomes", () => {
  it("are kept whole, and one that is not there is null", () => {
    const folder = mkdtempSync(join(tmpdir(), "faults-"));
    try {
      expect(readOutcome(folder, 6)).toBeNull();
      writeOutcome(folder, outcome());
      expect(readOutcome(folder, 6)).toEqual(outcome());
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("of a later run replace those of an earlier one, red ones too", () => {
    const later = outcome({ outcome: "failed", error: "no", startedAt: "2026-11-25T06:00:00.000Z" });
    expect(gather([later], [outcome()])).toEqual([later]);
    expect(gather([outcome()], [later])).toEqual([later]);
  });
});

describe("the table", () => {
  it("says 'not run' of a fault without an outcome, and has a row for each of the catalogue", () => {
    const table = renderTable([outcome()]);
    const rows = table.split("\n").filter((line) => /^\| \d+ /.test(line));
    expect(rows).toHaveLength(Object.keys(faults).length);
    expect(rows.filter((row) => row.includes("| not run |"))).toHaveLength(rows.length - 1);
    expect(rows.find((row) => row.startsWith("| 6 |"))).toContain(
      "| passed, 12 s | error 050 \\| skipped | 0123456 | `FORCE=1 make test-faults ONLY=6` |",
    );
  });

  it("shows a red run as red, with its error, and a tree with changes as such", () => {
    const table = renderTable([outcome({ outcome: "failed", error: "it was\nred", dirty: true })]);
    expect(table).toMatch(/\| failed, 12 s \| error 050 \\\| skipped; it was red \| 0123456 with changes \|/);
  });

  it("is put in place of the one before, and nothing else of the page changes", () => {
    const page = "# Page\n\nwords\n";
    const once = replaceTable(page, renderTable([]));
    const twice = replaceTable(`${once}\nmore\n`, renderTable([outcome()]));
    expect(twice).toContain("passed, 12 s");
    expect(twice.match(/\| # \|/g)).toHaveLength(1);
    expect(twice.startsWith("# Page\n\nwords\n")).toBe(true);
    expect(twice.endsWith("\nmore\n")).toBe(true);
  });

  it("of the committed page is drawn from the committed outcomes", () => {
    const docs = join(import.meta.dirname, "..", "..", "docs");
    const kept = outcomeSchema
      .array()
      .parse(JSON.parse(readFileSync(join(docs, "fault-outcomes.json"), "utf8")));
    const page = readFileSync(join(docs, "track-record.md"), "utf8");
    // The formatter pads the cells.
    const bare = (text: string) => text.replaceAll(/ +/g, " ").replaceAll(/-{3,}/g, "---");
    expect(bare(replaceTable(page, renderTable(kept)))).toBe(bare(page));
  });
});

describe("segments", () => {
  it.each([
    ["000000010000000000000001", "000000010000000000000002"],
    ["0000000100000000000000FF", "000000010000000100000000"],
  ])("after %s comes %s", (segment, next) => {
    expect(nextSegment(segment)).toBe(next);
  });

  it("that are missing are named, and another timeline's beginning is no gap", () => {
    const there = ["000000010000000000000001", "000000010000000000000004", "000000020000000000000004"];
    expect(gapsIn(there)).toEqual(["000000010000000000000002", "000000010000000000000003"]);
    expect(gapsIn(there.slice(1))).toEqual([]);
  });
});

it("a control file is only rewritten when its checksum was found", () => {
  const file = Buffer.alloc(8192, 7);
  file.writeUInt32LE(1800, 8);
  expect(controlVersion(file)).toBe(1800);
  expect(() => asVersion17(file)).toThrow(/no checksum/);
});
