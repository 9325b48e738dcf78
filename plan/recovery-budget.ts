import { forecastConfig } from "../config/forecast.ts";
import type { SiteConfig } from "../config/index.ts";
import type { RecoverySize } from "../config/recovery-model.ts";
import type { Forecast } from "../contract/forecast.ts";
import { makeForecast, type PastError, pastErrors, type RateSample, ratesFrom } from "./forecast.ts";

/** What `holdfast budget` and a preview show. */
export interface RecoveryBudget {
  readonly forecast: Forecast;
  readonly errors: readonly PastError[];
  /** What runs measured, in seconds, newest first. */
  readonly measuredRpoSeconds: readonly number[];
}

export interface AskedSize {
  readonly databaseBytes: number | null;
  readonly walBytes: number | null;
}

/**
 * RTO and RPO by phase for a site. A size that nobody gave is that of the newest run, and where there is none
 * the worst day's: a full volume, and WAL for as long as the schedules let a backup be old.
 */
export function planRecoveryBudget(
  config: SiteConfig,
  samples: readonly RateSample[],
  asked: AskedSize = { databaseBytes: null, walBytes: null },
): RecoveryBudget {
  const own = forecastConfig(config);
  if (own === undefined) throw new Error("a complete config always has a forecast");
  const { size, sizeSource } = sizeOf(asked, samples, own.size);
  return {
    forecast: makeForecast({
      known: ratesFrom(samples, own.rates),
      size,
      sizeSource,
      archiveTimeoutSeconds: config.database.archiveTimeout,
      targets: { rtoSeconds: config.targets.rto, rpoSeconds: config.targets.rpo },
    }),
    errors: pastErrors(samples, own.rates),
    measuredRpoSeconds: samples.flatMap(({ rpoSeconds }) => (rpoSeconds === null ? [] : [rpoSeconds])),
  };
}

function sizeOf(
  asked: AskedSize,
  samples: readonly RateSample[],
  worst: RecoverySize,
): { readonly size: RecoverySize; readonly sizeSource: string } {
  const [newest] = samples;
  const known = newest ?? worst;
  const where = newest === undefined ? "the full volume of the stack file" : `run ${newest.run}`;
  return {
    size: {
      databaseBytes: asked.databaseBytes ?? known.databaseBytes,
      walBytes: asked.walBytes ?? (asked.databaseBytes === null ? known.walBytes : worst.walBytes),
    },
    sizeSource: asked.databaseBytes === null ? where : "as asked",
  };
}

/** Targets that the forecast of the present size does not keep, in words. */
export function outOfReach({ forecast }: RecoveryBudget): readonly string[] {
  const [present] = forecast.sizes;
  const problems: string[] = [];
  if (present !== undefined && !present.isWithinTarget)
    problems.push(`RTO: ${present.rtoSeconds} s are forecast, ${forecast.rtoTargetSeconds} s are the target`);
  if (forecast.rpo.worstSeconds > forecast.rpoTargetSeconds)
    problems.push(
      `RPO: ${forecast.rpo.worstSeconds} s can be lost, ${forecast.rpoTargetSeconds} s are the target`,
    );
  return problems;
}
