import { forecastRestore } from "../config/forecast.ts";
import type { SiteConfig } from "../config/index.ts";
import type { DatabasePlan } from "./types.ts";

/** PostgreSQL's fast shutdown, and the archiver's last segment after it. */
const terminationSeconds = 120;

/** What comes after the database in one `up`: the services' own start and the weights. */
const afterDatabaseSeconds = 600;

/**
 * Time-outs of a start that restores. Twice the forecast, because one that ends a
 * restore early makes it begin again; Pulumi's ten minutes would end most.
 */
export function planBudget(config: SiteConfig): DatabasePlan["budgets"] {
  const forecast = forecastRestore(config);
  if (forecast === undefined) throw new Error("a complete config always has a forecast");
  const startupSeconds = Math.max(config.recovery.startup, 2 * forecast.totalSeconds);
  return {
    startupSeconds,
    terminationSeconds,
    updateTimeoutSeconds: startupSeconds + terminationSeconds + afterDatabaseSeconds,
  };
}
