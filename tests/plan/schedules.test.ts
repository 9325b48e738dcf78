// Shows: planned windows never overlap, judged by croner. Does not show that a backup fits its window; the forecast and the lab do.
import { Cron } from "croner";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Role, roles } from "../../contract/stack.ts";
import { UserError } from "../../errors/user-error.ts";
import { planSite } from "../../plan/index.ts";
import type { SchedulePlan } from "../../plan/types.ts";
import { load } from "../config/stack-files.ts";

const day = 86_400_000;

function planned(changes: Record<string, unknown>, role: Role = "active"): readonly SchedulePlan[] {
  const { config } = load(role === "rehearsal" ? "rehearsal" : "dr", { ...changes, "site.role": role });
  if (config.kind !== "site") throw new Error("not a site's config");
  return planSite(config).schedules;
}

function plannedOrRefused(changes: Record<string, unknown>): readonly SchedulePlan[] | null {
  try {
    return planned(changes);
  } catch (error) {
    if (error instanceof UserError) return null;
    throw error;
  }
}

interface Window {
  readonly name: string;
  readonly startMs: number;
  readonly endMs: number;
}

/** From the start that croner gives to the last moment at which a late and slow job may still run. */
function windowsOf(schedules: readonly SchedulePlan[], fromMs: number, days: number): readonly Window[] {
  return schedules.flatMap((schedule) => {
    const cron = new Cron(schedule.cron, { timezone: schedule.timeZone, paused: true });
    const windows: Window[] = [];
    for (let at = cron.nextRun(new Date(fromMs)); at !== null; at = cron.nextRun(at)) {
      if (at.getTime() > fromMs + days * day) break;
      const lastMs = (schedule.startingDeadlineSeconds + schedule.activeDeadlineSeconds) * 1000;
      windows.push({ name: schedule.name, startMs: at.getTime(), endMs: at.getTime() + lastMs });
    }
    return windows;
  });
}

function overlaps(windows: readonly Window[]): readonly string[] {
  const sorted = [...windows].sort((a, b) => a.startMs - b.startMs);
  return sorted.flatMap((window, index) => {
    const before = sorted[index - 1];
    return before !== undefined && before.endMs > window.startMs ? [`${before.name} and ${window.name}`] : [];
  });
}

const minute = fc.integer({ min: 0, max: 59 });
const hourField = fc.oneof(
  fc.integer({ min: 0, max: 23 }).map(String),
  fc
    .uniqueArray(fc.integer({ min: 0, max: 23 }), { minLength: 1, maxLength: 3 })
    .map((hours) => hours.join(",")),
  fc.constantFrom("*/2", "*/4", "*/6", "*"),
);
const dayField = fc.constantFrom("* * *", "* * *", "* * 0", "* * 1-6", "1 * *", "* * 0,3");
const anyCron = fc.tuple(minute, hourField, dayField).map((fields) => fields.join(" "));
const changes = fc.record({
  "backup.schedules.full": fc
    .tuple(minute, fc.integer({ min: 0, max: 23 }))
    .map(([at, hour]) => `${at} ${hour} * * *`),
  "backup.schedules.differential": anyCron,
  "backup.schedules.incremental": anyCron,
  "backup.schedules.verify": fc.oneof(fc.constant("never"), anyCron),
  "backup.schedules.restoreTest": fc.constantFrom("never", "5 23 * * *", "15 21 * * *"),
  "backup.schedules.logicalDump": fc.constantFrom("never", "35 5 * * *"),
});

describe("windows", () => {
  it("never overlap in any accepted plan", () => {
    fc.assert(
      fc.property(changes, fc.integer({ min: 0, max: 330 }), (change, fromDay) => {
        const schedules = plannedOrRefused(change);
        fc.pre(schedules !== null);
        const fromMs = Date.UTC(2026, 0, 1) + fromDay * day;
        expect(overlaps(windowsOf(schedules, fromMs, 9))).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });

  it("are accepted and refused often enough to mean something", () => {
    const accepted = fc
      .sample(changes, { numRuns: 200, seed: 3 })
      .filter((change) => plannedOrRefused(change));
    expect(accepted.length).toBeGreaterThanOrEqual(60);
    expect(accepted.length).toBeLessThanOrEqual(140);
  });

  it("leave out a job that never runs, and only that", () => {
    const never = { verify: "never", restoreTest: "never", logicalDump: "never" };
    expect(planned({ "backup.schedules": never }).map(({ type }) => type)).toEqual([
      ...["full", "full", "diff", "diff", "incr", "incr"],
    ]);
  });

  it("take turns between the repositories", () => {
    expect(planned({}).map(({ name, cron }) => [name, cron])).toEqual([
      ["backup-offsite-full", "15 1 * * *"],
      ["backup-site-full", "0 3 * * *"],
      ["backup-offsite-diff", "15 9,17 * * *"],
      ["backup-site-diff", "0 11,19 * * *"],
      ["backup-offsite-incr", "45 */4 * * *"],
      ["backup-site-incr", "0 1,5,9,13,17,21 * * *"],
      ["backup-offsite-verify", "15 13 * * 6"],
      ["backup-site-verify", "0 15 * * 6"],
      ["backup-offsite-restore-test", "15 21 * * *"],
      ["backup-site-restore-test", "0 23 * * *"],
      ["backup-offsite-logical-dump", "15 5 * * *"],
    ]);
  });

  it("grow with the volume as far as the schedule leaves room", () => {
    const weekly = {
      "backup.schedules": {
        ...{ verify: "never", restoreTest: "never", logicalDump: "never" },
        full: "0 1 * * *",
        differential: "0 13 * * *",
        incremental: "30 0 * * *",
      },
      "database.volume": "1Ti",
      "targets.rto": "12 hours",
    };
    const full = planned(weekly).find((schedule) => schedule.name === "backup-offsite-full");
    // A terabyte at 50 MiB/s is nearly six hours; of the twelve to the next start each repository gets six.
    expect(full?.activeDeadlineSeconds).toBeGreaterThan(5 * 3600 - 120);
  });
});

describe("a schedule", () => {
  it("is not even there in a rehearsal, and neither are its keys", () => {
    expect(planned({}, "rehearsal")).toEqual([]);
  });

  it.each(roles.filter((role) => role !== "rehearsal"))(
    "runs in the role %s only if it is active",
    (role) => {
      const suspended = planned({}, role).map((schedule) => schedule.suspended);
      expect(suspended).toHaveLength(11);
      expect(new Set(suspended)).toEqual(new Set([role !== "active"]));
    },
  );

  it("has a starting deadline that the controller can meet, and ends", () => {
    fc.assert(
      fc.property(changes, (change) => {
        for (const schedule of plannedOrRefused(change) ?? []) {
          expect(schedule.startingDeadlineSeconds).toBeGreaterThanOrEqual(60);
          expect(schedule.activeDeadlineSeconds).toBeGreaterThanOrEqual(300);
        }
      }),
      { numRuns: 60 },
    );
  });
});
