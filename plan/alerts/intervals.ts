import { longestIntervalMinutes, parseCron } from "../../config/cron.ts";
import type { WatchedSchedule } from "./types.ts";

/** A pod that was told to end gets so long. */
const endSeconds = 60;

/** What a run may take from its start in the schedule to its end. */
export function windowSeconds(schedule: WatchedSchedule): number {
  return schedule.startingDeadlineSeconds + schedule.activeDeadlineSeconds + endSeconds;
}

/** Longest time from one start to the next: an hour more where the clocks go back. */
export function intervalSeconds(schedule: WatchedSchedule): number {
  const cron = parseCron(schedule.cron);
  const minutes = "problem" in cron ? null : longestIntervalMinutes(cron);
  if (minutes === null) throw new Error(`loadConfig let a cron expression pass: ${schedule.cron}`);
  return minutes * 60 + clockChangeSeconds(schedule.timeZone);
}

/** The newest run that was done is never older than this while all is well. */
export function oldestAllowedSeconds(schedule: WatchedSchedule): number {
  return intervalSeconds(schedule) + windowSeconds(schedule);
}

function clockChangeSeconds(timeZone: string): number {
  const offsetAt = (month: number): string =>
    new Intl.DateTimeFormat("en", { timeZone, timeZoneName: "longOffset" })
      .formatToParts(Date.UTC(2026, month, 1))
      .find(({ type }) => type === "timeZoneName")?.value ?? "";
  return offsetAt(0) === offsetAt(6) ? 0 : 3600;
}
