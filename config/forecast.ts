import { type CronSchedule, longestGapOfAllMinutes } from "./cron.ts";
import type { Partly, SiteConfig } from "./schema.ts";

/** How long a restore takes, by its parts. */
export interface RestoreForecast {
  readonly copySeconds: number;
  readonly replaySeconds: number;
  readonly startSeconds: number;
  readonly totalSeconds: number;
}

/** Measured at 11 to 13 segments a second with a warm cache and 3 in replay; half of the slower one. */
const replaySegmentsPerSecond = 1.5;

/** Pull of an image already on the node, recovery's end checkpoint, promotion, roles, readiness. */
const startSeconds = 120;

/** Undefined while a value that it needs is missing. The volume counts as full: a time-out must hold on the worst day. */
export function forecastRestore(config: Partly<SiteConfig>): RestoreForecast | undefined {
  const volume = config.database?.volume;
  const rate = config.recovery?.restoreRate;
  const archiveTimeout = config.database?.archiveTimeout;
  const schedules = completeSchedules(config);
  if (volume === undefined || rate === undefined || archiveTimeout === undefined || schedules === undefined) {
    return undefined;
  }
  const copySeconds = volume / rate;
  // One segment an archive_timeout, for as long as the newest backup may be old.
  const segments = (longestGapOfAllMinutes(schedules) * 60) / archiveTimeout;
  const replaySeconds = segments / replaySegmentsPerSecond;
  return {
    copySeconds: Math.ceil(copySeconds),
    replaySeconds: Math.ceil(replaySeconds),
    startSeconds,
    totalSeconds: Math.ceil(copySeconds + replaySeconds) + startSeconds,
  };
}

/** Every schedule that is not left out, those of backups first; undefined while one of the backups' is not usable. */
export function allSchedules(config: Partly<SiteConfig>): readonly CronSchedule[] | undefined {
  const backups = completeSchedules(config);
  if (backups === undefined) return undefined;
  const { verify, restoreTest, logicalDump } = config.backup?.schedules ?? {};
  const others = [verify, restoreTest, logicalDump] as readonly (CronSchedule | null | undefined)[];
  return [...backups, ...others.filter((one) => one != null)];
}

/** The three schedules of backups, or undefined while one of them is not usable. */
export function completeSchedules(config: Partly<SiteConfig>): readonly CronSchedule[] | undefined {
  const { full, differential, incremental } = config.backup?.schedules ?? {};
  if (!full || !differential || !incremental) return undefined;
  return [full, differential, incremental] as readonly CronSchedule[];
}
