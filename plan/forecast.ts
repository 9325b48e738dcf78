import { archiveMarginSeconds } from "../config/archive-margin.ts";
import {
  type FixedPhase,
  forecastPhases,
  forecastRecovery,
  type LinearRate,
  largestDatabaseBytes,
  type RecoveryRates,
  type RecoverySize,
  scaled,
  totalSeconds,
} from "../config/recovery-model.ts";
import type { Forecast } from "../contract/forecast.ts";
import type { PhaseName, unattributed } from "../contract/phases.ts";
import type { Verdict } from "../contract/verdict.ts";

/** The two lists of phases are one: this does not compile where the model has one that a verdict has not, nor its use below the other way round. */
const phasesInOrder: readonly (PhaseName | typeof unattributed)[] = forecastPhases;

/** What one run measured, as far as a forecast can use it. */
export interface RateSample extends RecoverySize {
  readonly run: string;
  readonly phases: Readonly<Record<string, number>>;
  readonly rtoSeconds: number;
  readonly rpoSeconds: number | null;
}

/** So many of the newest runs are looked at: a machine of last year measures nothing of today's. */
const runsLookedAt = 10;

export interface PastRun {
  readonly verdict: Pick<Verdict, "id" | "phases" | "criticalPath" | "rtoSeconds" | "rpoSeconds">;
  /** What it had to move; null where it did not say. */
  readonly moved: RecoverySize | null;
}

/** Runs that served somebody and know what they moved, newest first. `runs` come oldest first. */
export function samplesOf(runs: readonly PastRun[]): readonly RateSample[] {
  return runs
    .flatMap(({ verdict: { id, phases, criticalPath, rtoSeconds, rpoSeconds }, moved }) =>
      moved === null || criticalPath === undefined || rtoSeconds === null
        ? []
        : [
            {
              run: id,
              databaseBytes: moved.databaseBytes,
              walBytes: moved.walBytes,
              phases,
              rtoSeconds,
              rpoSeconds,
            },
          ],
    )
    .reverse()
    .slice(0, runsLookedAt);
}

export interface KnownRates {
  readonly rates: RecoveryRates;
  readonly source: "defaults" | "history";
  readonly runs: readonly string[];
}

/** The defaults, each replaced by what runs have measured of it. */
export function ratesFrom(samples: readonly RateSample[], defaults: RecoveryRates): KnownRates {
  if (samples.length === 0) return { rates: defaults, source: "defaults", runs: [] };
  const fixed = (name: FixedPhase): number => median(samples.map(({ phases }) => phases[name] ?? 0));
  const growing = (name: "restore" | "replay", bytes: "databaseBytes" | "walBytes"): LinearRate =>
    fitLinear(
      samples.flatMap((sample) => {
        const seconds = sample.phases[name];
        return seconds === undefined ? [] : [{ bytes: sample[bytes], seconds }];
      }),
      defaults[name],
    );
  return {
    source: "history",
    runs: samples.map(({ run }) => run),
    rates: {
      fixedSeconds: {
        detect: fixed("detect"),
        decide: fixed("decide"),
        provision: fixed("provision"),
        promote: fixed("promote"),
        services: fixed("services"),
        traffic: fixed("traffic"),
        verify: fixed("verify"),
        unattributed: fixed("unattributed"),
      },
      restore: growing("restore", "databaseBytes"),
      replay: growing("replay", "walBytes"),
    },
  };
}

interface Point {
  readonly bytes: number;
  readonly seconds: number;
}

/** Sizes closer than this say more of the machine's noise than of the rate. */
const leastRatio = 1.5;

/**
 * Theil and Sen's line: the median slope of all pairs of different sizes, which one odd run does not move. Where
 * all sizes are alike nothing tells a fixed part from a rate: then all of it grows, which never promises too much.
 */
export function fitLinear(points: readonly Point[], fallback: LinearRate): LinearRate {
  const usable = points.filter(({ bytes, seconds }) => bytes > 0 && seconds > 0);
  if (usable.length === 0) return fallback;
  const proportional = {
    fixedSeconds: 0,
    bytesPerSecond: median(usable.map(({ bytes, seconds }) => bytes / seconds)),
  };
  const slopes = usable.flatMap((one, index) =>
    usable
      .slice(index + 1)
      .filter((other) => Math.max(one.bytes, other.bytes) / Math.min(one.bytes, other.bytes) >= leastRatio)
      .map((other) => (other.seconds - one.seconds) / (other.bytes - one.bytes)),
  );
  if (slopes.length === 0) return proportional;
  const slope = median(slopes);
  const fixedSeconds = median(usable.map(({ bytes, seconds }) => seconds - slope * bytes));
  // A line that falls, or begins below zero, is noise.
  return slope > 0 && fixedSeconds >= 0 ? { fixedSeconds, bytesPerSecond: 1 / slope } : proportional;
}

const factors = [1, 2, 10] as const;

export function makeForecast(args: {
  readonly known: KnownRates;
  readonly size: RecoverySize;
  readonly sizeSource: string;
  readonly archiveTimeoutSeconds: number;
  readonly targets: { readonly rtoSeconds: number; readonly rpoSeconds: number };
}): Forecast {
  const { known, size, targets, archiveTimeoutSeconds } = args;
  const { rates } = known;
  return {
    schemaVersion: 1,
    rates: {
      source: known.source,
      runs: [...known.runs],
      restoreBytesPerSecond: Math.round(rates.restore.bytesPerSecond),
      replayBytesPerSecond: Math.round(rates.replay.bytesPerSecond),
    },
    sizeSource: args.sizeSource,
    sizes: factors.map((factor) => {
      const grown = scaled(size, factor);
      const phases = forecastRecovery(rates, grown);
      const rtoSeconds = tenths(totalSeconds(phases));
      return {
        factor,
        ...grown,
        phases: Object.fromEntries(phasesInOrder.map((name) => [name, tenths(phases[name])])),
        rtoSeconds,
        isWithinTarget: rtoSeconds <= targets.rtoSeconds,
      };
    }),
    rtoTargetSeconds: targets.rtoSeconds,
    rpoTargetSeconds: targets.rpoSeconds,
    rpo: {
      segmentSeconds: archiveTimeoutSeconds,
      archiveSeconds: archiveMarginSeconds,
      worstSeconds: archiveTimeoutSeconds + archiveMarginSeconds,
    },
    largestDatabaseBytes: largestDatabaseBytes(rates, size, targets.rtoSeconds),
  };
}

export interface PastError {
  readonly run: string;
  readonly forecastSeconds: number;
  readonly measuredSeconds: number;
  /** Positive: the forecast was too long. */
  readonly errorPercent: number;
}

/** Each run forecast from the runs before it alone, newest first: what this model was worth when it was needed. */
export function pastErrors(samples: readonly RateSample[], defaults: RecoveryRates): readonly PastError[] {
  return samples.flatMap((sample, index) => {
    const before = samples.slice(index + 1);
    if (before.length === 0) return [];
    const { rates } = ratesFrom(before, defaults);
    const forecastSeconds = tenths(totalSeconds(forecastRecovery(rates, sample)));
    return [
      {
        run: sample.run,
        forecastSeconds,
        measuredSeconds: sample.rtoSeconds,
        errorPercent: errorPercent(forecastSeconds, sample.rtoSeconds),
      },
    ];
  });
}

export function errorPercent(forecastSeconds: number, measuredSeconds: number): number {
  return measuredSeconds === 0 ? 0 : tenths(((forecastSeconds - measuredSeconds) / measuredSeconds) * 100);
}

function tenths(value: number): number {
  return Math.round(value * 10) / 10;
}

function median(list: readonly number[]): number {
  const sorted = [...list].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}
