// Shows: our reading of cron agrees with croner's over random expressions. Does not show what Kubernetes does when a clock changes.
import { Cron } from "croner";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type CronSchedule,
  longestIntervalMinutes,
  parseCron,
  shiftCron,
  shortestGapMinutes,
  shortestSpanMinutes,
} from "../../config/cron.ts";

function schedule(text: string): CronSchedule {
  const parsed = parseCron(text);
  if ("problem" in parsed) throw new Error(`${text} ${parsed.problem}`);
  return parsed;
}

/** Starts as croner gives them, in minutes since the beginning of 2026. */
function startsByCroner(text: string, days: number): readonly number[] {
  const from = Date.UTC(2026, 0, 1);
  const cron = new Cron(text, { mode: "5-part", timezone: "Etc/UTC", paused: true });
  const starts: number[] = [];
  for (let at = cron.nextRun(new Date(from - 1)); at !== null; at = cron.nextRun(at)) {
    const minute = (at.getTime() - from) / 60_000;
    if (minute >= days * 1440) break;
    starts.push(minute);
  }
  return starts;
}

const subset = (low: number, high: number, most: number) =>
  fc
    .uniqueArray(fc.integer({ min: low, max: high }), { minLength: 1, maxLength: most })
    .map((numbers) => numbers.join(","));

const anyCron = fc
  .tuple(
    subset(0, 59, 3),
    fc.oneof(
      fc.constant("*"),
      subset(0, 23, 4),
      fc.integer({ min: 1, max: 12 }).map((step) => `*/${step}`),
    ),
    fc.oneof({ weight: 4, arbitrary: fc.constant("*") }, { weight: 1, arbitrary: subset(1, 28, 3) }),
    fc.oneof(fc.constant("*"), subset(0, 6, 4)),
  )
  .map(([minutes, hours, days, weekdays]) => `${minutes} ${hours} ${days} * ${weekdays}`);

describe("parseCron", () => {
  it.each([
    ["15 1 * * *", { minutes: [15], hours: [1], daysOfMonth: null, months: null, weekdays: null }],
    ["45 */4 * * *", { minutes: [45], hours: [0, 4, 8, 12, 16, 20] }],
    ["0,30 8-10 * * mon-FRI", { minutes: [0, 30], hours: [8, 9, 10], weekdays: [1, 2, 3, 4, 5] }],
    ["0 0 1-31 jan,JUL *", { daysOfMonth: null, months: [1, 7] }],
    ["0 0-23/6 * * 0", { hours: [0, 6, 12, 18], weekdays: [0] }],
  ])("takes %s", (text, expected) => {
    expect(parseCron(text)).toMatchObject(expected);
  });

  it.each([
    "",
    "x",
    "@daily",
    "* * * *",
    "60 1 * * *",
    "5-1 1 * * *",
    "0 0 * * 7",
    "0 0 15W * *",
    "0 0 * * mon#1",
    "*/0 * * * *",
    "0 0 30 2 *",
  ])("refuses %s", (text) => {
    expect(parseCron(text)).toHaveProperty("problem");
  });
});

describe("intervals", () => {
  it.each([
    ["15 1 * * *", 1440],
    ["15 1 * * 0", 7 * 1440],
    ["15 1 * * 0,1", 6 * 1440],
    ["0 1,5 * * *", 20 * 60],
    ["15 1 1 * *", 31 * 1440],
    ["0 0 29 2 *", (4 * 365 + 1) * 1440],
  ])("the longest of %s", (text, minutes) => {
    expect(longestIntervalMinutes(schedule(text))).toBe(minutes);
  });

  it.each([
    ["15 1 * * *", 3, 3 * 1440],
    ["15 1 * * 0,1", 1, 1440],
    ["15 1 * * 0,1", 2, 7 * 1440],
    ["15 1 * * *", 0, 0],
  ])("the shortest span of %s over %i", (text, count, minutes) => {
    expect(shortestSpanMinutes(schedule(text), count)).toBe(minutes);
  });

  it("agree with croner's starts", () => {
    fc.assert(
      fc.property(anyCron, (text) => {
        const days = 60;
        const starts = startsByCroner(text, days);
        const gaps = starts.slice(1).map((start, index) => start - (starts[index] ?? 0));
        const longest = longestIntervalMinutes(schedule(text)) ?? 0;
        // Two months may not hold the worst one; they never hold a worse one.
        expect(Math.max(...gaps)).toBeLessThanOrEqual(longest);
        expect(shortestGapMinutes(schedule(text), [])).toBeLessThanOrEqual(Math.min(...gaps));
        if (schedule(text).daysOfMonth === null) {
          expect(Math.max(...gaps)).toBe(longest);
          expect(shortestGapMinutes(schedule(text), [])).toBe(Math.min(...gaps));
        }
      }),
      { numRuns: 25 },
    );
  });
});

describe("shiftCron", () => {
  it.each([
    ["15 1 * * *", 105, "0 3 * * *"],
    ["45 */4 * * *", 15, "0 1,5,9,13,17,21 * * *"],
    ["30 23 * * *", 60, "30 0 * * *"],
    ["30 23 * * 6", 60, "30 0 * * 0"],
    ["30 23 1 * *", 60, undefined],
    ["30 22,23 * * 6", 60, undefined],
    ["10,58 1 * * *", 5, undefined],
    ["10,58 * * * *", 5, "3,15 * * * *"],
  ])("%s by %i minutes", (text, minutes, expected) => {
    expect(shiftCron(schedule(text), minutes)).toBe(expected);
  });

  it("moves each start of croner's by the same", () => {
    fc.assert(
      fc.property(anyCron, fc.integer({ min: 1, max: 600 }), (text, minutes) => {
        const shifted = shiftCron(schedule(text), minutes);
        if (shifted === undefined) return;
        const days = 21;
        const inside = (start: number) => start >= 1440 && start < (days - 1) * 1440;
        const expected = startsByCroner(text, days).map((start) => start + minutes);
        expect(startsByCroner(shifted, days).filter(inside)).toEqual(expected.filter(inside));
      }),
      { numRuns: 80 },
    );
  });
});
