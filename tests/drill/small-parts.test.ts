import { describe, expect, test } from "vitest";
import { changeConfig, maskSecrets } from "../../drill/config-copy.ts";
import { diagnoseText, findDeletion } from "../../drill/diagnose.ts";
import { renderDryRun } from "../../drill/dry-run.ts";
import { expectedFrom } from "../../drill/history.ts";
import { seededPhase } from "../../drill/scenario/options.ts";
import { siteLoss } from "../../drill/scenario/site-loss.ts";
import { stepsOf } from "../../drill/step.ts";
import { missingSegments, parseHistory, parseLsn, segmentOfKey, segmentsBetween } from "../../drill/wal.ts";
import { fakeRun, testOptions } from "./fake/run.ts";

/** Pure parts of the drill, each by a few cases. */

test("a time in a changed stack file is text: Pulumi's YAML would make a date of it", () => {
  const changed = changeConfig("config:\n  holdfast:recovery: {}\n", [
    { path: ["holdfast:recovery", "repositoryAsOf"], value: "2026-11-26T19:10:47Z" },
    { path: ["holdfast:recovery", "run"], value: "r1" },
  ]);
  expect(changed).toContain('repositoryAsOf: "2026-11-26T19:10:47Z"');
  expect(changed).toContain("run: r1");
});

describe("config copy", () => {
  const text = "# kept\nconfig:\n  holdfast:site:\n    role: standby # also kept\n    handover: 3\n";
  test("changes and removes values, and keeps comments", () => {
    const changed = changeConfig(text, [
      { path: ["holdfast:site", "role"], value: "active" },
      { path: ["holdfast:site", "handover"], value: null },
      { path: ["holdfast:recovery", "timeline"], value: 2 },
    ]);
    expect(changed).toContain("role: active # also kept");
    expect(changed).toContain("# kept");
    expect(changed).not.toContain("handover");
    expect(changed).toMatch(/holdfast:recovery:\n {4}timeline: 2/);
  });
  test("hides secrets, and shows where they lie", () => {
    const masked = maskSecrets(
      "encryptionsalt: v1:x\nconfig:\n  a: { secure: abc }\n  b: { password: hunter2, apiKey: { file: key } }\n",
    );
    expect(masked).not.toMatch(/hunter2|abc|v1:x/);
    expect(masked).toContain("file: key");
  });
});

describe("WAL arithmetic", () => {
  test("positions", () => {
    expect(parseLsn("1/0")).toBe(0x1_0000_0000n);
    expect(() => parseLsn("nowhere")).toThrow(/not a WAL position/);
  });
  test("segments count over the end of a log file", () => {
    expect(segmentsBetween("0000000100000000000000FE", "000000010000000100000001")).toBe(3);
  });
  test("a missing one is named", () => {
    const names = ["0000000100000000000000FE", "000000010000000100000001", "000000020000000100000005"];
    expect(missingSegments(names, 1)).toEqual(["0000000100000000000000FF", "000000010000000100000000"]);
  });
  test("names in object keys; a partial segment or a history file is none", () => {
    const sha = "a".repeat(40);
    expect(
      segmentOfKey(`epochs/1/archive/main/18-1/0000000100000000/0000000100000000000000FE-${sha}.zst`),
    ).toBe("0000000100000000000000FE");
    expect(
      segmentOfKey(`epochs/1/archive/main/18-1/0000000100000000/0000000100000000000000FE.partial-${sha}.zst`),
    ).toBeNull();
    expect(segmentOfKey("epochs/1/archive/main/18-1/00000002.history")).toBeNull();
  });
  test("the last line of a history file counts", () => {
    expect(parseHistory("1\t0/5000000\tno recovery target\n2\t0/9000000\tx\n")).toEqual({
      parent: 2,
      switchedAt: "0/9000000",
    });
    expect(parseHistory("")).toBeNull();
  });
});

describe("diagnosis", () => {
  test.each([
    ["CryptoError: unable to flush: bad decrypt", "REPOSITORY_CIPHER"],
    ["epoch 1's path in the offsite repository holds no backup set", "REPOSITORY_EMPTY"],
    ["holds no backup set; its files were deleted (delete markers since 2026-01-05)", "REPOSITORY_DELETED"],
    ["something else", "STEP_FAILED"],
  ])("%s", (words, id) => {
    expect(diagnoseText(words).id).toBe(id);
  });
  test("markers over other files are no deletion of the repository", () => {
    const version = { size: 0, versionId: "1", isLatest: true, isDeleteMarker: true, lastModifiedMs: 5000 };
    expect(findDeletion([{ ...version, key: "epochs/1/archive/main/18-1/0000000100000000/x" }])).toBeNull();
    expect(findDeletion([{ ...version, key: "epochs/1/backup/main/backup.info" }])?.hint).toContain(
      '"1970-01-01 00:00:04+00"',
    );
    expect(
      findDeletion([{ ...version, isLatest: false, key: "epochs/1/backup/main/backup.info" }]),
    ).toBeNull();
  });
});

describe("forecast", () => {
  test("the median of the newest runs, passed steps only", async () => {
    const { record } = await fakeRun();
    const expected = expectedFrom([record.entries, record.entries]);
    expect(expected.activate).toBeGreaterThan(20_000);
    expect(expected.plant).toBeUndefined();
  });
  test("--dry-run names every step, and counts side by side once", () => {
    const scenario = siteLoss(testOptions);
    const text = renderDryRun(scenario, { activate: 33_000 }).join("\n");
    for (const { id } of stepsOf(scenario)) expect(text).toContain(id);
    expect(text).toMatch(/activate +33 s .*\(earlier runs\)/);
  });
});

describe("seeded phase", () => {
  test("the same seed, the same phase, within the interval and all over it", () => {
    const phases = Array.from({ length: 500 }, (_, seed) => seededPhase(seed, 60));
    expect(seededPhase(7, 60)).toBe(seededPhase(7, 60));
    expect(Math.min(...phases)).toBe(0);
    expect(Math.max(...phases)).toBe(58);
    expect(new Set(phases).size).toBeGreaterThan(50);
  });
});

test("step ids are unique: the journal and the verdict go by them", () => {
  const ids = stepsOf(siteLoss(testOptions)).map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
});
