// The forecast and the floor of a run: on fake ports that they are written, read and set beside what was measured.
// What bare commands really take is what a drill shows.
import { writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Floor } from "../../contract/floor.ts";
import { verdictSchema } from "../../contract/verdict.ts";
import { PortError } from "../../drill/ports/port-error.ts";
import type { FloorPort } from "../../drill/ports/repository.ts";
import { siteLoss } from "../../drill/scenario/site-loss.ts";
import { floorOf, forecastOf, isFloorFor } from "../../drill/verdict/expected.ts";
import { judgeRun } from "../../drill/verdict/judge.ts";
import { readRun } from "../../drill/verdict/record.ts";
import { planRecoveryBudget } from "../../plan/recovery-budget.ts";
import { renderReport } from "../../report/files.ts";
import { load } from "../config/stack-files.ts";
import { fakeRun, testOptions } from "./fake/run.ts";
import { createFakeWorld } from "./fake/world.ts";

const samples: Floor["samples"] = [
  { round: 0, who: "bare", phase: "provision", seconds: 2 },
  { round: 0, who: "bare", phase: "restore", seconds: 4 },
  { round: 0, who: "bare", phase: "replay", seconds: 2 },
  { round: 0, who: "own", phase: "restore", seconds: 5 },
  { round: 0, who: "own", phase: "replay", seconds: 2 },
  { round: 0, who: "bare", phase: "services", seconds: 4 },
  { round: 0, who: "bare", phase: "detect", seconds: 1 },
  { round: 0, who: "bare", phase: "traffic", seconds: 0.5 },
  { round: 0, who: "bare", phase: "verify", seconds: 2.5 },
];

const { config } = load("dr");
if (config.kind !== "site") throw new Error("dr is a site");
const { forecast } = planRecoveryBudget(config, [], { databaseBytes: 1.5e9, walBytes: 4e8 });
const before = [{ name: "forecast.json", text: JSON.stringify(forecast) }];

async function runWith(measure: FloorPort["measure"] | null, earlier: readonly Floor[] = []) {
  const world = createFakeWorld();
  const ports = measure === null ? world.ports : { ...world.ports, floor: { measure } };
  return fakeRun({
    world: { ...world, ports },
    scenario: siteLoss({ ...testOptions, floor: { rounds: 1, earlier } }),
    before,
  });
}

const measured = runWith(async () => ({ samples, coldCaches: true }));

describe("a run with a forecast and a floor", () => {
  test("has the forecast before its first step, and by how much it missed", async () => {
    const { record, verdict } = await measured;
    const first = record.entries.findIndex(({ kind }) => kind === "stepStarted");
    const written = record.entries.findIndex(
      (entry) => entry.kind === "evidence" && entry.path === "evidence/forecast.json",
    );
    expect(written).toBeGreaterThan(0);
    expect(written).toBeLessThan(first);
    expect(verdictSchema.parse(verdict)).toEqual(verdict);
    const expected = forecast.sizes[0]?.rtoSeconds ?? 0;
    expect(verdict.forecast?.errorPercent).toBeCloseTo(((expected - 25) / 25) * 100, 1);
    expect(verdict.forecast?.sizes.map(({ factor }) => factor)).toEqual([1, 2, 10]);
  });

  test("sets the RTO and each phase beside what bare commands took", async () => {
    const { verdict } = await measured;
    expect(verdict.judgement).toBe("met");
    expect(verdict.floorSeconds).toEqual({
      detect: 1,
      provision: 2,
      restore: 4,
      replay: 2,
      services: 4,
      traffic: 0.5,
      verify: 2.5,
      total: 16,
    });
    expect(verdict.floor).toMatchObject({ run: "r1", rounds: 1, ratio: 1.56, boundSeconds: 120 });
    expect(verdict.floor?.phaseRatios).toMatchObject({ restore: 1.25, replay: 1.5 });
    expect(verdict.floor?.ownRatios).toEqual({ restore: 1.25, replay: 1 });
  });

  test("is drawn with both", async () => {
    const { record, verdict } = await measured;
    const files = renderReport(record, verdict);
    expect(files["report.md"]).toContain("## Beside the forecast");
    expect(files["report.md"]).toMatch(/\| RTO \| 25 s \| 16 s \| 1\.56 x \|/);
    expect(files["report.md"]).toContain(
      "was timed for (decide, promote) is in the RTO and not in the floor",
    );
    expect(files["report.html"]).toContain("<h2>Beside bare commands</h2>");
    expect(files["report.html"]).toMatch(/It missed the RTO by \+[\d.]+ %/);
    expect(files["report.html"]).not.toMatch(/NaN|Infinity|undefined/);
  });

  test("changed afterwards, both are tampering", async () => {
    const { directory } = await runWith(null);
    writeFileSync(
      `${directory}/evidence/forecast.json`,
      JSON.stringify({ ...forecast, rtoTargetSeconds: 1 }),
    );
    expect(judgeRun(readRun(directory)).judgement).toBe("missed");
  });
});

describe("the step", () => {
  test("takes over an earlier run's floor for like data, and asks nothing of the site", async () => {
    const { record } = await measured;
    if (record.floor === null) throw new Error("it was measured");
    let asked = 0;
    const again = await runWith(async () => {
      asked += 1;
      return { samples, coldCaches: true };
    }, [{ ...record.floor, run: "r0" }]);
    expect(asked).toBe(0);
    expect(again.verdict.floor?.run).toBe("r0");
  });

  test.each([
    ["that comes", 20_000, 20_000],
    ["that never comes, and not for ever", Number.POSITIVE_INFINITY, 90_000],
  ])("waits for a first full backup in the site's own store %s", async (_, afterMs, waitedMs) => {
    const world = createFakeWorld();
    const { repository, clock } = world.ports;
    let askedAt: number | null = null;
    let measuredAt = 0;
    const info: typeof repository.info = async (args, signal) => {
      const found = await repository.info(args, signal);
      if (args.repository !== "site") return found;
      askedAt ??= clock.now();
      return { ...found, sets: clock.now() - askedAt < afterMs ? [] : found.sets };
    };
    const measure: FloorPort["measure"] = async () => {
      measuredAt = clock.now();
      return { samples, coldCaches: true };
    };
    const ports = { ...world.ports, repository: { ...repository, info }, floor: { measure } };
    const scenario = siteLoss({ ...testOptions, floor: { rounds: 1, earlier: [] } });
    const { verdict } = await fakeRun({ world: { ...world, ports }, scenario, before });
    expect(verdict.floor?.run).toBe("r1");
    expect(measuredAt - (askedAt ?? 0)).toBeGreaterThanOrEqual(waitedMs);
    expect(measuredAt - (askedAt ?? 0)).toBeLessThan(waitedMs + 2000);
  });

  test("that could not measure says so, and the run is judged by what it proved", async () => {
    const { verdict, record } = await runWith(async () => {
      throw new PortError("floor", "no room for a pod");
    });
    expect(verdict).toMatchObject({ judgement: "met", floorSeconds: {}, floor: null });
    const said = record.entries.some(
      (entry) => entry.kind === "progress" && entry.message.includes("no room for a pod"),
    );
    expect(said).toBe(true);
  });

  test("is skipped where no pod can be made, and left out where nobody asks for it", async () => {
    const { verdict } = await runWith(null);
    expect(verdict.steps.find(({ id }) => id === "floor")).toMatchObject({ outcome: "skipped" });
    expect(verdict.judgement).toBe("met");
    const { verdict: unasked } = await fakeRun();
    expect(unasked.steps.map(({ id }) => id)).not.toContain("floor");
  });
});

test("isFloorFor: another machine, other data or another week is another floor", async () => {
  const { record } = await measured;
  const floor = record.floor;
  if (floor === null) throw new Error("it was measured");
  const like = {
    host: floor.host,
    databaseBytes: floor.databaseBytes,
    walBytes: floor.walBytes,
    nowMs: Date.parse(floor.measuredAt) + 1000,
  };
  expect(isFloorFor(floor, like)).toBe(true);
  // An older version's began with the pod and ended with Odoo.
  expect(isFloorFor({ ...floor, schemaVersion: 1 }, like)).toBe(false);
  expect(isFloorFor(floor, { ...like, host: "elsewhere" })).toBe(false);
  expect(isFloorFor(floor, { ...like, databaseBytes: like.databaseBytes * 1.2 })).toBe(false);
  expect(isFloorFor(floor, { ...like, walBytes: like.walBytes * 2 })).toBe(false);
  expect(isFloorFor(floor, { ...like, nowMs: like.nowMs + 8 * 86_400_000 })).toBe(false);
});

test("without either a verdict says nothing of them", () => {
  expect(forecastOf({ forecast: null }, 25)).toBeNull();
  expect(
    floorOf(
      {
        floor: null,
        facts: { get: () => null },
        engine: { resources: [], trafficStartMs: null, trafficEndMs: null },
        open: {} as never,
      },
      25,
    ),
  ).toEqual({ floorSeconds: {}, floor: null });
});
