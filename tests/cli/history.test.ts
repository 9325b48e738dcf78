import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { judge, judgedAgain, readVerdicts } from "../../cli/drill/runs.ts";
import { fakeRun } from "../drill/fake/run.ts";
import { freshDirectory } from "../drill/fake/run-folders.ts";

/**
 * A history and a trend are drawn from many runs' verdict.json: one that stands for a run that was changed since, or for
 * none, is never shown as met. On fake ports' runs; the judge itself is in tests/drill/verdict.test.ts.
 */

let good: string;
beforeAll(async () => {
  good = (await fakeRun()).directory;
  expect(judge(good).judgement).toBe("met");
});

/** A folder of runs with the good one, its verdict.json as it was, and something done to the rest. */
function runsWith(change: (directory: string) => void): string {
  const runs = freshDirectory();
  const directory = join(runs, "r1");
  cpSync(good, directory, { recursive: true });
  change(directory);
  expect(readVerdicts(runs).map(({ judgement }) => judgement)).toEqual(["met"]);
  return runs;
}

const shown = (runs: string): readonly string[] =>
  judgedAgain(runs, readVerdicts(runs)).map(({ judgement }) => judgement);

describe("a run whose verdict.json says met", () => {
  test("and whose directory is untouched is met", () => {
    expect(shown(runsWith(() => undefined))).toEqual(["met"]);
  });

  test.each<readonly [string, (directory: string) => void]>([
    [
      "one row of its ledger was edited",
      (directory) => {
        const ledger = join(directory, "evidence/ledger.jsonl");
        writeFileSync(ledger, readFileSync(ledger, "utf8").replace(/"number":17,/, '"number":18,'));
      },
    ],
    ["a file of its evidence was deleted", (directory) => rmSync(join(directory, "evidence/integrity.json"))],
    [
      "its manifest was rebuilt",
      (directory) =>
        writeFileSync(join(directory, "manifest.json"), '{"schemaVersion":1,"run":"r1","files":[]}'),
    ],
  ])("is not met when %s", (_, change) => {
    expect(shown(runsWith(change))).toEqual(["missed"]);
  });

  test("is not there when nothing else is in its directory, or it is another run's", () => {
    const alone = freshDirectory();
    mkdirSync(join(alone, "r1"));
    cpSync(join(good, "verdict.json"), join(alone, "r1", "verdict.json"));
    expect(readVerdicts(alone)).toHaveLength(1);
    expect(shown(alone)).toEqual([]);
    const moved = freshDirectory();
    cpSync(good, join(moved, "r2"), { recursive: true });
    expect(shown(moved)).toEqual([]);
  });
});
