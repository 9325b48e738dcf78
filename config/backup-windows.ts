import { type CronSchedule, shiftCron, shortestGapMinutes } from "./cron.ts";

/** How the time after each start of a schedule is divided between the two repositories. */
export interface BackupWindows {
  /** Offsite starts at the configured times. */
  readonly offsiteCron: string;
  readonly siteCron: string;
  /** The site's backup starts so much later. */
  readonly shiftMinutes: number;
  /** What each of the two may take before the next one starts, whichever that is. */
  readonly windowMinutes: number;
}

/** Below this a pod has hardly started before its deadline ends it. */
export const leastWindowMinutes = 10;

/** Beyond this a backup that hangs would only be noticed later. A forecast that needs more gets more. */
const usualWindowMinutes = 240;

/**
 * Divides the time from a schedule's starts to the next start of any schedule:
 * two jobs at once would read the same disk, and two backups collide on pgBackRest's lock
 * where they go to the same repository. Undefined where the schedules leave no
 * room for two windows, or where no cron expression says the second start.
 *
 * @param neededMinutes what the longest backup is forecast to need
 */
export function divideWindows(
  schedule: CronSchedule,
  all: readonly CronSchedule[],
  neededMinutes: number,
): BackupWindows | undefined {
  const slot = shortestGapMinutes(schedule, all);
  const most = Math.min(Math.floor(slot / 2), Math.max(usualWindowMinutes, neededMinutes));
  for (let shift = most; shift >= leastWindowMinutes; shift -= 1) {
    const siteCron = shiftCron(schedule, shift);
    if (siteCron !== undefined)
      return { offsiteCron: schedule.text, siteCron, shiftMinutes: shift, windowMinutes: shift };
  }
  return undefined;
}

/** The window of a job that has no second one behind it; undefined where the next start of any schedule is too near. */
export function wholeWindowMinutes(
  schedule: CronSchedule,
  all: readonly CronSchedule[],
  neededMinutes: number,
): number | undefined {
  const window = Math.min(shortestGapMinutes(schedule, all), Math.max(usualWindowMinutes, neededMinutes));
  return window < leastWindowMinutes ? undefined : window;
}
