// Shows: no accepted combination of retention, lock and lifecycle loses the detection window, and that each rule is needed.
// Does not show that a store honours its lock and lifecycle; the lab and the provider's round trips do.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseCron } from "../../config/cron.ts";
import {
  brokenRules,
  type RetentionRule,
  type RetentionSettings,
  retentionRules,
} from "../../config/retention-rules.ts";
import { UserError } from "../../errors/user-error.ts";
import { planOffsite, planSite } from "../../plan/index.ts";
import { load } from "../config/stack-files.ts";
import { type Attack, type RepositorySettings, simulate } from "./retention-simulator.ts";

const hoursInDay = 24;
const hoursInWeek = 7 * hoursInDay;

/** As a person would write it: a guess that is right, or wrong by a little. */
interface Guess {
  readonly weekdays: readonly number[];
  readonly hour: number;
  readonly fullCount: number;
  readonly lockDays: number;
  readonly noncurrentDays: number;
  readonly detectionDays: number;
}

const guess: fc.Arbitrary<Guess> = fc
  .record({
    weekdays: fc.oneof(
      fc.constant([0, 1, 2, 3, 4, 5, 6]),
      fc.uniqueArray(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 6 }),
    ),
    hour: fc.integer({ min: 0, max: 23 }),
    detectionDays: fc.integer({ min: 1, max: 9 }),
    lockOver: fc.integer({ min: -2, max: 6 }),
    noncurrentOver: fc.integer({ min: -2, max: 8 }),
    countOver: fc.integer({ min: -1, max: 4 }),
  })
  .map(({ weekdays, hour, detectionDays, lockOver, noncurrentOver, countOver }) => {
    const lockDays = Math.max(1, widestGap(weekdays) + 1 + detectionDays + lockOver);
    const fullsInLock = Math.ceil((lockDays * weekdays.length) / 7);
    return {
      weekdays,
      hour,
      detectionDays,
      lockDays,
      noncurrentDays: Math.max(1, lockDays + noncurrentOver),
      fullCount: Math.max(1, fullsInLock + 1 + countOver),
    };
  });

function widestGap(weekdays: readonly number[]): number {
  const days = [...weekdays].sort((a, b) => a - b);
  return Math.max(...days.map((day, index) => (days[index + 1] ?? (days[0] ?? 0) + 7) - day));
}

function cronOf(weekdays: readonly number[], hour: number): string {
  return `0 ${hour} * * ${weekdays.join(",")}`;
}

/** What the stacks would do with the guess, or null where one of them refuses. */
function plan(from: Guess): { readonly offsite: RepositorySettings; readonly window: number } | null {
  const changes = {
    "backup.schedules.full": cronOf(from.weekdays, from.hour),
    "backup.retention.full": from.fullCount,
    "backup.detectionWindow": `${from.detectionDays} days`,
  };
  try {
    const { config } = load("offsite", {
      ...changes,
      "offsite.lock.days": from.lockDays,
      "offsite.noncurrentDays": from.noncurrentDays,
    });
    // Out of the full's way: this test is about retention, schedules.test.ts about windows.
    const other = (from.hour + 12) % 24;
    const site = load("primary", {
      ...changes,
      "backup.schedules.differential": `0 ${other} * * *`,
      "backup.schedules.incremental": `0 ${(other + 3) % 24} * * *`,
      "backup.schedules.verify": "never",
      "backup.schedules.restoreTest": "never",
      "backup.schedules.logicalDump": "never",
    }).config;
    if (config.kind !== "offsite" || site.kind !== "site") throw new Error("stacks of the wrong kind");
    const { bucket } = planOffsite(config);
    const { retention } =
      planSite(site).repositories.find((repository) => repository.kind === "offsite") ?? {};
    if (bucket.objectLock === null || bucket.lifecycle === null || retention === undefined) {
      throw new Error("a repository without lock, lifecycle or retention");
    }
    return {
      window: from.detectionDays * hoursInDay,
      offsite: {
        weekdays: from.weekdays,
        hour: from.hour,
        backupHours: 5,
        fullCount: retention.fullCount,
        bucket: { lockDays: bucket.objectLock.days, noncurrentDays: bucket.lifecycle.noncurrentDays },
      },
    };
  } catch (error) {
    if (error instanceof UserError) return null;
    throw error;
  }
}

/** What was lost when it was discovered at that hour: empty where all is well. */
function losses(
  settings: RepositorySettings,
  window: number,
  discoveredAt: number,
  lead: number,
): readonly string[] {
  const found: string[] = [];
  const attacks: (Attack | null)[] = [
    null,
    { startsAt: discoveredAt - lead, kind: "deleter" },
    { startsAt: discoveredAt - lead, kind: "purger" },
  ];
  for (const attack of settings.bucket === null ? [null] : attacks) {
    for (const lifecycleAsksLock of [true, false]) {
      const outcome = simulate(settings, { discoveredAt, attack, lifecycleAsksLock });
      const title = attack?.kind ?? "no attack";
      // The hour of the attack itself may lack the piece of WAL that it kept from being archived.
      const last = attack === null ? discoveredAt : attack.startsAt - 1;
      for (let moment = Math.min(discoveredAt - window, last); moment <= last; moment += 1) {
        if (!outcome.restorable(moment))
          found.push(`${title}: hour ${moment - discoveredAt} cannot be restored`);
      }
      if (outcome.takenWhileLocked > 0) found.push(`${title}: the lifecycle took locked versions`);
      if (outcome.expiredWhileLocked > 0) found.push(`${title}: pgBackRest expired locked backups`);
    }
  }
  return found;
}

/** Long enough for retention, lock and lifecycle to have come into their steady state. */
function settledAt(settings: RepositorySettings): number {
  const fullWeeks = Math.ceil(settings.fullCount / settings.weekdays.length) + 2;
  const bucketDays = (settings.bucket?.lockDays ?? 0) + (settings.bucket?.noncurrentDays ?? 0);
  return Math.max(fullWeeks * hoursInWeek, bucketDays * hoursInDay);
}

/** Looks at every few hours of a week, and at attacks of every age, until something is lost. */
function firstLoss(settings: RepositorySettings, window: number): readonly string[] {
  for (let phase = 0; phase < hoursInWeek; phase += 5) {
    for (const lead of new Set([window, Math.floor(window / 2), 1])) {
      const found = losses(settings, window, settledAt(settings) + phase, lead);
      if (found.length > 0) return found;
    }
  }
  return [];
}

/** Once a day of a week, attacked at the window's beginning: coarser than firstLoss, and quick. */
function aLossInTheWeek(settings: RepositorySettings, window: number): boolean {
  const settled = settledAt(settings);
  for (let phase = 0; phase < hoursInWeek; phase += 23)
    if (losses(settings, window, settled + phase, window).length > 0) return true;
  return false;
}

function settingsOf(from: Guess, ownsBucket: boolean): RetentionSettings {
  const full = parseCron(cronOf(from.weekdays, from.hour));
  if ("problem" in full) throw new Error(full.problem);
  return {
    full,
    fullCount: from.fullCount,
    detectionDays: from.detectionDays,
    lockDays: ownsBucket ? from.lockDays : null,
    noncurrentDays: ownsBucket ? from.noncurrentDays : null,
  };
}

function repositoryOf(from: Guess, ownsBucket: boolean): RepositorySettings {
  return {
    weekdays: from.weekdays,
    hour: from.hour,
    backupHours: 5,
    fullCount: from.fullCount,
    bucket: ownsBucket ? { lockDays: from.lockDays, noncurrentDays: from.noncurrentDays } : null,
  };
}

/** make check is quick; HOLDFAST_RANDOM_PLANS=1000 is what is asked of a change to the rules. */
const randomPlans = Number(process.env.HOLDFAST_RANDOM_PLANS ?? 60);

const daily = { weekdays: [0, 1, 2, 3, 4, 5, 6], hour: 1 };

describe("an accepted plan", () => {
  it("restores the whole detection window, attacked or not", () => {
    fc.assert(
      fc.property(
        guess,
        fc.nat(hoursInWeek - 1),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (from, phase, share) => {
          const planned = plan(from);
          fc.pre(planned !== null);
          const { offsite, window } = planned;
          const lead = Math.max(1, Math.round(share * window));
          expect(losses(offsite, window, settledAt(offsite) + phase, lead)).toEqual([]);
        },
      ),
      { numRuns: randomPlans },
    );
  }, 900_000);

  it("is neither rare nor sure among guesses", () => {
    const accepted = fc.sample(guess, { numRuns: 200, seed: 7 }).filter((from) => plan(from) !== null).length;
    expect(accepted).toBeGreaterThanOrEqual(60);
    expect(accepted).toBeLessThanOrEqual(140);
  });

  it("exists at the very edge of every rule", () => {
    const edge = { ...daily, detectionDays: 5, lockDays: 7, noncurrentDays: 7, fullCount: 8 };
    const planned = plan(edge);
    expect(planned).not.toBeNull();
    if (planned !== null) expect(firstLoss(planned.offsite, planned.window)).toEqual([]);
  });
});

describe("without one rule, data is lost", () => {
  const planted: readonly [string, boolean, Guess, RegExp][] = [
    [
      "reach-covers-detection",
      false,
      { ...daily, fullCount: 5, detectionDays: 5, lockDays: 0, noncurrentDays: 0 },
      /no attack: hour -\d+ cannot be restored/,
    ],
    [
      "lock-covers-detection",
      true,
      { ...daily, fullCount: 20, detectionDays: 5, lockDays: 5, noncurrentDays: 14 },
      /purger: hour -\d+ cannot be restored/,
    ],
    [
      "expiry-after-lock",
      true,
      { ...daily, fullCount: 8, detectionDays: 5, lockDays: 10, noncurrentDays: 14 },
      /pgBackRest expired locked backups/,
    ],
    [
      "noncurrent-after-lock",
      true,
      { ...daily, fullCount: 20, detectionDays: 5, lockDays: 10, noncurrentDays: 6 },
      /the lifecycle took locked versions/,
    ],
  ];

  it.each(planted)("%s", (id, ownsBucket, from, loss) => {
    const settings = settingsOf(from, ownsBucket);
    expect(brokenRules(settings).map((rule) => rule.id)).toEqual([id]);
    expect(
      brokenRules(
        settings,
        retentionRules.filter((rule) => rule.id !== id),
      ),
    ).toEqual([]);
    expect(firstLoss(repositoryOf(from, ownsBucket), from.detectionDays * hoursInDay).join("\n")).toMatch(
      loss,
    );
  });

  it("noncurrent-beyond-detection, which the two rules about the lock imply and which holds without them", () => {
    const from = { ...daily, fullCount: 20, detectionDays: 5, lockDays: 7, noncurrentDays: 5 };
    const ids = brokenRules(settingsOf(from, true)).map((rule) => rule.id);
    expect(ids).toEqual(["noncurrent-after-lock", "noncurrent-beyond-detection"]);
    expect(firstLoss(repositoryOf(from, true), from.detectionDays * hoursInDay).join("\n")).toMatch(
      /deleter: hour -\d+ cannot be restored/,
    );
  });

  it("a schedule that bunches its fulls counts by its shortest span, not by its mean", () => {
    // On a Monday the two that are kept are a day apart, although the mean is three and a half.
    const from = {
      weekdays: [0, 1],
      hour: 1,
      fullCount: 2,
      detectionDays: 2,
      lockDays: 0,
      noncurrentDays: 0,
    };
    expect(brokenRules(settingsOf(from, false)).map((rule) => rule.id)).toEqual(["reach-covers-detection"]);
    expect(firstLoss(repositoryOf(from, false), 2 * hoursInDay)).not.toEqual([]);
  });
});

/** A rule that is wrong in one place, as a slip of the hand would leave it. */
function wrong(id: string, change: (rule: RetentionRule, settings: RetentionSettings) => number | null) {
  return retentionRules.map((rule) =>
    rule.id === id ? { ...rule, least: (settings: RetentionSettings) => change(rule, settings) } : rule,
  );
}

const less =
  (days: number) =>
  (rule: RetentionRule, settings: RetentionSettings): number | null => {
    const least = rule.least(settings);
    return least === null ? null : least - days;
  };
const asIfDaily = (rule: RetentionRule, settings: RetentionSettings): number | null => {
  const full = parseCron("0 1 * * *");
  if ("problem" in full) throw new Error(full.problem);
  return rule.least({ ...settings, full });
};
const halfTheWindow = (rule: RetentionRule, settings: RetentionSettings): number | null =>
  rule.least({ ...settings, detectionDays: Math.floor(settings.detectionDays / 2) });

const twoDaysShort = (rule: RetentionRule, settings: RetentionSettings): number | null =>
  rule.least({ ...settings, detectionDays: settings.detectionDays - 2 });

describe("a planner with one mistake in it is caught by the simulator", () => {
  /** The rule about reach stands alone where the stack does not own the bucket: beside a lock, the others imply it. */
  const mutants: readonly (readonly [string, boolean, readonly RetentionRule[]])[] = [
    ["reach without the window's last two days", false, wrong("reach-covers-detection", twoDaysShort)],
    ["two fulls too few for the window", false, wrong("reach-covers-detection", less(2))],
    ["reach for half the window", false, wrong("reach-covers-detection", halfTheWindow)],
    ["a lock without the full's interval", true, wrong("lock-covers-detection", (_, of) => of.detectionDays)],
    ["a lock as if there were a full a day", true, wrong("lock-covers-detection", asIfDaily)],
    ["a lock for half the window", true, wrong("lock-covers-detection", halfTheWindow)],
    ["one full too few to outlive the lock", true, wrong("expiry-after-lock", less(1))],
    ["two fulls too few to outlive the lock", true, wrong("expiry-after-lock", less(2))],
    ["versions kept a day less than the lock", true, wrong("noncurrent-after-lock", less(1))],
    ["versions kept two days less than the lock", true, wrong("noncurrent-after-lock", less(2))],
  ];

  const samples = fc.sample(guess, { numRuns: 120, seed: 29 });
  const refused = [false, true].map((ownsBucket) =>
    samples
      .map((from) => ({ from, settings: settingsOf(from, ownsBucket) }))
      .filter(({ settings }) => brokenRules(settings).length > 0),
  );

  it.each(mutants)("%s", (_, ownsBucket, rules) => {
    const differing = (refused[Number(ownsBucket)] ?? []).filter(
      ({ settings }) => brokenRules(settings, rules).length === 0,
    );
    expect(differing.length).toBeGreaterThan(0);
    // A few near misses are enough: somebody would have met one of them.
    const caught = differing.slice(0, 15).some(({ from }) => {
      const settings = repositoryOf(from, ownsBucket);
      const window = from.detectionDays * hoursInDay;
      return ownsBucket ? aLossInTheWeek(settings, window) : firstLoss(settings, window).length > 0;
    });
    expect(caught).toBe(true);
  });
});

describe("the least value that a refusal names", () => {
  it("is accepted, and one less is not", () => {
    fc.assert(
      fc.property(guess, (from) => {
        const settings = settingsOf(from, true);
        for (const rule of retentionRules) {
          const least = rule.least(settings);
          if (least === null) continue;
          const at = (value: number) => brokenRules(withValue(settings, rule.path, value), [rule]);
          expect(at(least)).toEqual([]);
          if (least > 1) expect(at(least - 1)).toEqual([rule]);
        }
      }),
      { numRuns: 30 },
    );
  });

  function withValue(settings: RetentionSettings, path: string, value: number): RetentionSettings {
    if (path === "offsite.lock.days") return { ...settings, lockDays: value };
    if (path === "offsite.noncurrentDays") return { ...settings, noncurrentDays: value };
    return { ...settings, fullCount: value };
  }
});
