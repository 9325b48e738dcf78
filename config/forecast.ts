import { type CronSchedule, longestGapOfAllMinutes } from "./cron.ts";
import {
  defaultRates,
  forecastRecovery,
  type PhaseSeconds,
  type RecoveryRates,
  type RecoverySize,
  segmentBytes,
  totalSeconds,
} from "./recovery-model.ts";
import type { Partly, SiteConfig } from "./schema.ts";

/** How long a restore takes, by its parts. */
export interface RestoreForecast {
  readonly copySeconds: number;
  readonly replaySeconds: number;
  readonly startSeconds: number;
  readonly totalSeconds: number;
}

/** What a config alone says of a recovery: bundled rates, and the worst day's size. */
export interface ConfigForecast {
  readonly rates: RecoveryRates;
  readonly size: RecoverySize;
  readonly phases: PhaseSeconds;
  readonly rtoSeconds: number;
}

/**
 * Undefined while a value that it needs is missing. The volume counts as full, and the newest backup as old as
 * the schedules allow with a segment of WAL an archive_timeout: a time-out must hold on the worst day. Knows no
 * run: the same stack file gives the same plan everywhere.
 */
export function forecastConfig(config: Partly<SiteConfig>): ConfigForecast | undefined {
  const databaseBytes = config.database?.volume;
  const restoreBytesPerSecond = config.recovery?.restoreRate;
  const ttlSeconds = config.traffic?.ttl;
  const archiveTimeout = config.database?.archiveTimeout;
  const schedules = completeSchedules(config);
  if (
    databaseBytes === undefined ||
    restoreBytesPerSecond === undefined ||
    ttlSeconds === undefined ||
    archiveTimeout === undefined ||
    schedules === undefined
  )
    return undefined;
  const rates = defaultRates({ restoreBytesPerSecond, ttlSeconds });
  const segments = (longestGapOfAllMinutes(schedules) * 60) / archiveTimeout;
  const size = { databaseBytes, walBytes: segments * segmentBytes };
  const phases = forecastRecovery(rates, size);
  return { rates, size, phases, rtoSeconds: Math.ceil(totalSeconds(phases)) };
}

/** The database's part of it: what its pod and the engine have to have patience for. */
export function forecastRestore(config: Partly<SiteConfig>): RestoreForecast | undefined {
  const forecast = forecastConfig(config);
  if (forecast === undefined) return undefined;
  const { provision, restore, replay, promote } = forecast.phases;
  return {
    copySeconds: Math.ceil(restore),
    replaySeconds: Math.ceil(replay),
    startSeconds: provision + promote,
    totalSeconds: Math.ceil(restore + replay) + provision + promote,
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
