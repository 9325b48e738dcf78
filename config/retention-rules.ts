import { type CronSchedule, longestIntervalMinutes, shortestSpanMinutes } from "./cron.ts";

/** What has to agree for the repository to survive an attack that is found late. */
export interface RetentionSettings {
  readonly full: CronSchedule;
  /** Full backups that pgBackRest keeps. */
  readonly fullCount: number;
  readonly detectionDays: number;
  /** Days of object lock on every version written; null in a stack that does not own the bucket. */
  readonly lockDays: number | null;
  /** Days for which a version outlives its deletion; null in a stack that does not own the bucket. */
  readonly noncurrentDays: number | null;
}

export interface RetentionRule {
  readonly id: string;
  /** Path of the value to change. */
  readonly path: string;
  readonly got: (settings: RetentionSettings) => number | null;
  /** The least value at `path` that holds, everything else as it is; null where the rule does not apply. */
  readonly least: (settings: RetentionSettings) => number | null;
  readonly why: (settings: RetentionSettings) => string;
}

/** What a full backup may take: until it has ended, the one before it is the newest that restores. */
const fullBackupMinutes = 360;

const minutesInDay = 24 * 60;

/** Each rule is shown to be needed by tests/plan/retention.test.ts: without it, a planted history loses data. */
export const retentionRules: readonly RetentionRule[] = [
  {
    id: "reach-covers-detection",
    path: "backup.retention.full",
    got: (settings) => settings.fullCount,
    least: (settings) => leastCount(settings.full, (count) => count - 1, settings.detectionDays),
    why: (settings) =>
      `a restore reaches back ${reachDays(settings)} days, less than the ${settings.detectionDays} of backup.detectionWindow`,
  },
  {
    id: "lock-covers-detection",
    path: "offsite.lock.days",
    got: (settings) => settings.lockDays,
    least: (settings) =>
      settings.lockDays === null ? null : fullIntervalDays(settings.full) + settings.detectionDays,
    why: (settings) =>
      `at the end of backup.detectionWindow (${settings.detectionDays} days) the newest clean full backup can be ${fullIntervalDays(settings.full)} days older than the attack, and has to be locked still`,
  },
  {
    id: "expiry-after-lock",
    path: "backup.retention.full",
    got: (settings) => settings.fullCount,
    least: (settings) =>
      settings.lockDays === null ? null : leastCount(settings.full, (count) => count, settings.lockDays),
    why: (settings) =>
      `a full backup expires after ${expiryDays(settings)} days, while it is locked for ${settings.lockDays} (offsite.lock.days): its space is paid for and no restore sees it`,
  },
  {
    id: "noncurrent-after-lock",
    path: "offsite.noncurrentDays",
    got: (settings) => settings.noncurrentDays,
    least: (settings) => settings.lockDays,
    why: (settings) =>
      `the lifecycle would take versions that are locked for ${settings.lockDays} days (offsite.lock.days), and not every store's lifecycle asks the lock`,
  },
  {
    id: "noncurrent-beyond-detection",
    path: "offsite.noncurrentDays",
    got: (settings) => settings.noncurrentDays,
    least: (settings) => (settings.noncurrentDays === null ? null : settings.detectionDays + 1),
    why: (settings) =>
      `what an attacker deletes is gone before backup.detectionWindow (${settings.detectionDays} days) is over, archive.info with the key of the WAL among it, whose lock ended long ago`,
  },
];

/** The rules that the settings break. */
export function brokenRules(
  settings: RetentionSettings,
  rules: readonly RetentionRule[] = retentionRules,
): readonly RetentionRule[] {
  return rules.filter((rule) => {
    const got = rule.got(settings);
    const least = rule.least(settings);
    return got !== null && least !== null && got < least;
  });
}

/** Days, rounded up, from the start of a full backup to the end of the next one. */
export function fullIntervalDays(full: CronSchedule): number {
  const interval = longestIntervalMinutes(full);
  if (interval === null) throw new Error(`the schedule ${full.text} never runs`);
  return Math.ceil((interval + fullBackupMinutes) / minutesInDay);
}

/** Days, rounded down, for which a restore to any moment is sure. */
export function reachDays(settings: RetentionSettings): number {
  return daysOfSpan(settings.full, settings.fullCount - 1);
}

/** Age in days, rounded down, at which the youngest object of a full backup expires. */
export function expiryDays(settings: RetentionSettings): number {
  return daysOfSpan(settings.full, settings.fullCount);
}

/** By the shortest span: a schedule of two fulls on one day and none for a week reaches back a week less. */
function daysOfSpan(full: CronSchedule, intervals: number): number {
  return Math.max(0, Math.floor((shortestSpanMinutes(full, intervals) - fullBackupMinutes) / minutesInDay));
}

function leastCount(full: CronSchedule, intervalsOf: (count: number) => number, days: number): number {
  const wanted = days * minutesInDay + fullBackupMinutes;
  let low = 1;
  let high = 2;
  while (shortestSpanMinutes(full, intervalsOf(high)) < wanted) high *= 2;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (shortestSpanMinutes(full, intervalsOf(middle)) >= wanted) high = middle;
    else low = middle + 1;
  }
  return low;
}
