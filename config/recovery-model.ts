/**
 * How long a recovery takes, as a pure function of sizes and rates: the one model behind
 * the time-outs of the plan, the checks of the targets, `holdfast budget` and a run's forecast.
 */

/** contract/phases.ts has the same words, which config may not import; plan/ does not compile where the two differ. */
export const forecastPhases = [
  "detect",
  "decide",
  "provision",
  "restore",
  "replay",
  "promote",
  "services",
  "traffic",
  "verify",
  "unattributed",
] as const;
export type ForecastPhase = (typeof forecastPhases)[number];

/** The two that grow with the data. */
type GrowingPhase = "restore" | "replay";
export type FixedPhase = Exclude<ForecastPhase, GrowingPhase>;

/** Seconds to begin with, and bytes a second after that. */
export interface LinearRate {
  readonly fixedSeconds: number;
  readonly bytesPerSecond: number;
}

export interface RecoveryRates {
  readonly fixedSeconds: Readonly<Record<FixedPhase, number>>;
  readonly restore: LinearRate;
  readonly replay: LinearRate;
}

export interface RecoverySize {
  /** Of the cluster's files, which a restore writes. */
  readonly databaseBytes: number;
  /** From the begin of the backup set to the end of the archive. */
  readonly walBytes: number;
}

export type PhaseSeconds = Readonly<Record<ForecastPhase, number>>;

const linear = ({ fixedSeconds, bytesPerSecond }: LinearRate, bytes: number): number =>
  fixedSeconds + bytes / bytesPerSecond;

export function forecastRecovery(rates: RecoveryRates, size: RecoverySize): PhaseSeconds {
  return {
    ...rates.fixedSeconds,
    restore: linear(rates.restore, size.databaseBytes),
    replay: linear(rates.replay, size.walBytes),
  };
}

export function totalSeconds(phases: PhaseSeconds): number {
  return forecastPhases.reduce((sum, name) => sum + phases[name], 0);
}

export function scaled({ databaseBytes, walBytes }: RecoverySize, factor: number): RecoverySize {
  return { databaseBytes: databaseBytes * factor, walBytes: walBytes * factor };
}

/**
 * The largest database that is back within `rtoSeconds`, its WAL growing with it as `size` has them; 0 where
 * even an empty one is not.
 */
export function largestDatabaseBytes(rates: RecoveryRates, size: RecoverySize, rtoSeconds: number): number {
  const empty = totalSeconds(forecastRecovery(rates, { databaseBytes: 0, walBytes: 0 }));
  const walPerByte = size.walBytes / size.databaseBytes;
  const secondsPerByte = 1 / rates.restore.bytesPerSecond + walPerByte / rates.replay.bytesPerSecond;
  return Math.max(0, Math.floor((rtoSeconds - empty) / secondsPerByte));
}

/** Of a segment; initdb's default, which the plan keeps. */
export const segmentBytes = 16 * 2 ** 20;

/** Measured at 11 to 13 segments a second with a warm cache and 3 in replay; half of the slower one. */
const replaySegmentsPerSecond = 1.5;

/** Time for an answer to be seen everywhere after the last resolver's copy has run out. */
const seenEverywhereSeconds = 10;

/**
 * What is reckoned with where no run has measured anything: slow, because time-outs hold on it. A person who
 * decides takes ten minutes; what a drill measures there has no person in it.
 */
export function defaultRates(args: {
  readonly restoreBytesPerSecond: number;
  readonly ttlSeconds: number;
}): RecoveryRates {
  return {
    fixedSeconds: {
      detect: 60,
      decide: 600,
      // Pull of an image already on the node, and the volume.
      provision: 60,
      // Recovery's end checkpoint, promotion, roles, readiness.
      promote: 60,
      services: 120,
      traffic: args.ttlSeconds + seenEverywhereSeconds,
      verify: 10,
      unattributed: 0,
    },
    restore: { fixedSeconds: 0, bytesPerSecond: args.restoreBytesPerSecond },
    replay: { fixedSeconds: 0, bytesPerSecond: replaySegmentsPerSecond * segmentBytes },
  };
}
