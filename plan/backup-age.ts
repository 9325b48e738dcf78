import { divideWindows } from "../config/backup-windows.ts";
import { type CronSchedule, longestGapOfAllMinutes, longestIntervalMinutes } from "../config/cron.ts";

/** How old the newest set may be before the schedules are not being kept. */
export interface BackupAgePlan {
  /** Of any type. */
  readonly newestSeconds: number;
  readonly fullSeconds: number;
}

/**
 * What the schedules promise: the longest time between two starts, and the window that the later backup may
 * take. Older than that means that a backup was missed, whatever its job said.
 */
export function planBackupAge(schedules: {
  readonly full: CronSchedule;
  readonly differential: CronSchedule;
  readonly incremental: CronSchedule;
  /** The other jobs' schedules, which bound the windows; null where left out. */
  readonly verify?: CronSchedule | null;
  readonly restoreTest?: CronSchedule | null;
  readonly logicalDump?: CronSchedule | null;
}): BackupAgePlan {
  const all = [schedules.full, schedules.differential, schedules.incremental];
  const { verify, restoreTest, logicalDump } = schedules;
  const others = [verify, restoreTest, logicalDump].filter((one) => one != null);
  const windowOf = (schedule: CronSchedule): number =>
    divideWindows(schedule, [...all, ...others], 0)?.windowMinutes ?? 0;
  const longestFull = longestIntervalMinutes(schedules.full);
  if (longestFull === null) throw new Error(`the schedule ${schedules.full.text} never runs`);
  return {
    newestSeconds: (longestGapOfAllMinutes(all) + Math.max(...all.map(windowOf))) * 60,
    fullSeconds: (longestFull + windowOf(schedules.full)) * 60,
  };
}
