import { describe, expect, test } from "vitest";
import type { SizeResult } from "../../bench/result.ts";
import { backlogGrowth, judge } from "../../bench/targets.ts";
import { keepUp, met, slower, without } from "./results.ts";

/** Which targets a result meets; the figures are made up. */

const outcomes = (result: SizeResult) =>
  Object.fromEntries(judge(result).map(({ id, outcome }) => [id, outcome]));
const missed = (result: SizeResult) =>
  judge(result)
    .filter(({ outcome }) => outcome === "missed")
    .map(({ id }) => id);

describe("targets", () => {
  test("all are met by the made-up result", () => {
    expect(new Set(Object.values(outcomes(met)))).toEqual(new Set(["met"]));
  });

  // Each case moves one figure by a few per cent, so that a limit or a direction that is wrong shows.
  test.each([
    [slower(met, "full", 1.02), ["full-rate", "full-basebackup"]],
    [slower(met, "basebackup", 0.98), ["full-basebackup"]],
    [slower(met, "copy", 0.97), ["restore-copy"]],
    [slower(met, "pg_restore", 0.98), ["pg-restore"]],
    [slower(met, "barman_restore", 0.98), ["barman-restore"]],
    [slower(met, "incremental", 1.1), ["incremental-time"]],
    [
      {
        ...met,
        samples: met.samples.map((one) => (one.thing === "incremental" ? { ...one, bytes: 0.13e9 } : one)),
      },
      ["incremental-bytes"],
    ],
    [{ ...met, keepUp: { ...keepUp, drainedAfterSeconds: 11 } }, ["keep-up"]],
    [{ ...met, keepUp: { ...keepUp, waiting: keepUp.waiting.map((_, second) => second / 10) } }, ["keep-up"]],
    [{ ...met, rawBytes: 0.4e9 }, ["full-rate", "restore-bound"]],
  ])("case %#: one figure over its limit is missed, and no other", (result, expected) => {
    expect(missed(result)).toEqual(expected);
  });

  test("what was not measured is neither met nor missed", () => {
    const result = { ...without(met, "copy", "incremental", "full"), keepUp: null };
    expect(outcomes(result)).toMatchObject({
      "full-rate": "notMeasured",
      "full-basebackup": "notMeasured",
      "restore-copy": "notMeasured",
      "pg-restore": "met",
      "incremental-time": "notMeasured",
      "incremental-bytes": "notMeasured",
      "keep-up": "notMeasured",
    });
  });
});

describe("backlog", () => {
  test("a burst at the beginning is no growth", () => {
    expect(backlogGrowth([9, 9, 9, 1, 1, 1, 2, 2, 2, 1, 1, 1])).toBe(0);
  });
  test("a steady rise is", () => {
    expect(backlogGrowth(Array.from({ length: 40 }, (_, second) => second))).toBe(20);
  });
  test("too few samples say nothing", () => {
    expect(backlogGrowth([1, 2, 3])).toBeNull();
  });
});
