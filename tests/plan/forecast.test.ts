// The model behind budget, forecast and time-outs, and how it learns from runs. That its figures are those of a
// machine is what tests/sizes and the runs' own errors show.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  defaultRates,
  forecastRecovery,
  largestDatabaseBytes,
  type RecoveryRates,
  totalSeconds,
} from "../../config/recovery-model.ts";
import { forecastSchema } from "../../contract/forecast.ts";
import { budgetLines } from "../../plan/budget-table.ts";
import {
  errorPercent,
  fitLinear,
  makeForecast,
  pastErrors,
  type RateSample,
  ratesFrom,
  samplesOf,
} from "../../plan/forecast.ts";
import { outOfReach, planRecoveryBudget } from "../../plan/recovery-budget.ts";
import { load } from "../config/stack-files.ts";

const defaults = defaultRates({ restoreBytesPerSecond: 50e6, ttlSeconds: 5 });

const positive = (max: number) => fc.double({ min: 0.001, max, noNaN: true });
const bytes = fc.integer({ min: 1, max: 1e13 });
const anyRates: fc.Arbitrary<RecoveryRates> = fc.record({
  fixedSeconds: fc.record({
    detect: positive(600),
    decide: positive(600),
    provision: positive(600),
    promote: positive(600),
    services: positive(600),
    traffic: positive(600),
    verify: positive(600),
    unattributed: positive(10),
  }),
  restore: fc.record({ fixedSeconds: positive(60), bytesPerSecond: fc.integer({ min: 1e5, max: 1e10 }) }),
  replay: fc.record({ fixedSeconds: positive(60), bytesPerSecond: fc.integer({ min: 1e5, max: 1e10 }) }),
});
const rtoOf = (rates: RecoveryRates, databaseBytes: number, walBytes: number): number =>
  totalSeconds(forecastRecovery(rates, { databaseBytes, walBytes }));

describe("forecastRecovery", () => {
  test("more data or more WAL never takes less time", () => {
    fc.assert(
      fc.property(anyRates, bytes, bytes, bytes, (rates, size, wal, more) => {
        const now = rtoOf(rates, size, wal);
        expect(rtoOf(rates, size + more, wal)).toBeGreaterThanOrEqual(now);
        expect(rtoOf(rates, size, wal + more)).toBeGreaterThanOrEqual(now);
      }),
    );
  });

  test("the largest database is within the target, and one a hundredth larger is not", () => {
    fc.assert(
      fc.property(anyRates, bytes, bytes, fc.integer({ min: 1, max: 1e6 }), (rates, size, wal, target) => {
        const most = largestDatabaseBytes(rates, { databaseBytes: size, walBytes: wal }, target);
        const at = (database: number) => rtoOf(rates, database, (database * wal) / size);
        fc.pre(most > 1000);
        expect(at(most)).toBeLessThanOrEqual(target + 1e-6);
        expect(at(most * 1.01)).toBeGreaterThan(target);
      }),
    );
  });

  test("where not even an empty one is back in time the largest is none", () => {
    expect(largestDatabaseBytes(defaults, { databaseBytes: 1e9, walBytes: 1e8 }, 60)).toBe(0);
  });
});

describe("fitLinear", () => {
  const fallback = { fixedSeconds: 1, bytesPerSecond: 1 };

  test("finds the line that the points lie on", () => {
    fc.assert(
      fc.property(positive(60), fc.integer({ min: 1e6, max: 1e9 }), (fixedSeconds, bytesPerSecond) => {
        const points = [1e9, 2e9, 4e9].map((size) => ({
          bytes: size,
          seconds: fixedSeconds + size / bytesPerSecond,
        }));
        const fit = fitLinear(points, fallback);
        expect(fit.fixedSeconds + 8e9 / fit.bytesPerSecond).toBeCloseTo(
          fixedSeconds + 8e9 / bytesPerSecond,
          3,
        );
      }),
    );
  });

  test("one odd run does not move it", () => {
    const line = (size: number) => ({ bytes: size, seconds: 2 + size / 1e9 });
    const points = [1e9, 2e9, 4e9, 6e9, 8e9].map(line);
    const fit = fitLinear([...points, { bytes: 5e9, seconds: 90 }], fallback);
    expect(fit.fixedSeconds + 10e9 / fit.bytesPerSecond).toBeCloseTo(12, 0);
  });

  test("runs of one size promise nothing fixed; a line that falls is noise; nothing measured is the fallback", () => {
    expect(fitLinear([{ bytes: 1e9, seconds: 10 }], fallback)).toEqual({
      fixedSeconds: 0,
      bytesPerSecond: 1e8,
    });
    const falling = fitLinear(
      [
        { bytes: 1e9, seconds: 10 },
        { bytes: 4e9, seconds: 5 },
      ],
      fallback,
    );
    expect(falling.fixedSeconds).toBe(0);
    expect(falling.bytesPerSecond).toBeGreaterThan(0);
    expect(fitLinear([], fallback)).toBe(fallback);
  });

  test("whatever was measured, the time grows with the size", () => {
    const point = fc.record({ bytes, seconds: fc.double({ min: 0, max: 1e5, noNaN: true }) });
    fc.assert(
      fc.property(fc.array(point, { maxLength: 8 }), (points) => {
        const fit = fitLinear(points, fallback);
        expect(fit.bytesPerSecond).toBeGreaterThan(0);
        expect(fit.fixedSeconds).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});

const sample = (run: string, gigabytes: number, extra = 0): RateSample => {
  const restore = 2 + gigabytes / 0.5 + extra;
  return {
    run,
    databaseBytes: gigabytes * 1e9,
    walBytes: 4e8,
    phases: { detect: 1, decide: 2, provision: 4, restore, replay: 5, promote: 4, services: 8, traffic: 2 },
    rtoSeconds: 26 + restore,
    rpoSeconds: 30,
  };
};

describe("rates of runs", () => {
  test("come from runs that served somebody and said what they moved, the newest first", () => {
    const verdict = { phases: {}, criticalPath: [], rtoSeconds: 9, rpoSeconds: null };
    const moved = { databaseBytes: 1, walBytes: 1 };
    const runs = [
      { verdict: { id: "old", ...verdict }, moved },
      { verdict: { id: "unserved", ...verdict, rtoSeconds: null }, moved },
      { verdict: { id: "silent", ...verdict }, moved: null },
      { verdict: { id: "earlier-version", ...verdict, criticalPath: undefined }, moved },
      { verdict: { id: "new", ...verdict }, moved },
    ];
    expect(samplesOf(runs).map(({ run }) => run)).toEqual(["new", "old"]);
  });

  test("without any, the bundled ones are said to be that", () => {
    expect(ratesFrom([], defaults)).toEqual({ rates: defaults, source: "defaults", runs: [] });
  });

  test("forecast a size that was not seen, and tell by how much each earlier run was missed", () => {
    const samples = [sample("c", 8), sample("b", 4), sample("a", 1)];
    const [error] = pastErrors(samples, defaults);
    expect(error).toMatchObject({ run: "c", measuredSeconds: 44 });
    expect(Math.abs(error?.errorPercent ?? Number.NaN)).toBeLessThan(1);
    // b was forecast from a alone, where one size says nothing of what is fixed: too long, never too short.
    expect(pastErrors(samples, defaults)[1]?.errorPercent).toBeGreaterThan(0);
    expect(errorPercent(30, 40)).toBe(-25);
  });
});

describe("makeForecast", () => {
  test("fits its contract: this size, twice and ten times the data, and the largest within the target", () => {
    const forecast = makeForecast({
      known: ratesFrom([sample("b", 4), sample("a", 1)], defaults),
      size: { databaseBytes: 4e9, walBytes: 4e8 },
      sizeSource: "run b",
      archiveTimeoutSeconds: 60,
      targets: { rtoSeconds: 60, rpoSeconds: 900 },
    });
    expect(forecastSchema.parse(forecast)).toEqual(forecast);
    expect(forecast.sizes.map(({ factor, isWithinTarget }) => [factor, isWithinTarget])).toEqual([
      [1, true],
      [2, true],
      [10, false],
    ]);
    expect(forecast.largestDatabaseBytes).toBeGreaterThan(8e9);
    expect(forecast.largestDatabaseBytes).toBeLessThan(40e9);
    for (const { phases, rtoSeconds } of forecast.sizes)
      expect(Object.values(phases).reduce((sum, seconds) => sum + seconds, 0)).toBeCloseTo(rtoSeconds, 0);
  });
});

describe("a site's budget", () => {
  const { config } = load("dr");
  if (config.kind !== "site") throw new Error("dr is a site");

  test("without runs is the full volume's with the bundled rates, and says so", () => {
    const text = budgetLines(planRecoveryBudget(config, [])).join("\n");
    expect(text).toContain("size: the full volume of the stack file");
    expect(text).toContain("rates: bundled defaults");
    expect(text).toContain("not known, it takes two runs");
    expect(text).toMatch(/^RTO +[\d.]+ s +[\d.]+ s +[\d.]+ s$/m);
  });

  test("with runs is the newest one's size and their rates, with the errors made before", () => {
    const budget = planRecoveryBudget(config, [sample("b", 4), sample("a", 1)]);
    const text = budgetLines(budget).join("\n");
    expect(text).toContain("size: run b");
    expect(text).toContain("measured by 2 runs, the newest b");
    expect(text).toMatch(/each from those before it: b \+\d/);
    expect(text).toContain("measured at most 30 s in 2 runs");
    expect(outOfReach(budget)).toEqual([]);
  });

  test("names each target that is out of reach", () => {
    const budget = planRecoveryBudget(config, [], { databaseBytes: 8e12, walBytes: null });
    expect(outOfReach(budget)).toEqual([expect.stringMatching(/^RTO: [\d.]+ s are forecast, 14400 s/)]);
    expect(budgetLines(budget).join("\n")).toContain("OUT OF REACH");
  });
});
