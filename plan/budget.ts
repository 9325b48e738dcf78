import { forecastConfig, forecastRestore } from "../config/forecast.ts";
import type { SiteConfig } from "../config/index.ts";
import type { DatabasePlan } from "./types.ts";

/** PostgreSQL's fast shutdown, and the archiver's last segment after it. */
const terminationSeconds = 120;

/** The least for what comes after the database in one `up`: the services' own start and the weights. */
const leastAfterDatabaseSeconds = 600;

/**
 * Time-outs of a start that restores. Twice the forecast, because one that ends a
 * restore early makes it begin again; Pulumi's ten minutes would end most. The same model
 * as the budget's and a run's forecast, with the bundled rates: what runs measured here
 * must not change a plan.
 */
export function planBudget(config: SiteConfig): DatabasePlan["budgets"] {
  const forecast = forecastRestore(config);
  const phases = forecastConfig(config)?.phases;
  if (forecast === undefined || phases === undefined)
    throw new Error("a complete config always has a forecast");
  const startupSeconds = Math.max(config.recovery.startup, 2 * forecast.totalSeconds);
  return {
    startupSeconds,
    terminationSeconds,
    updateTimeoutSeconds:
      startupSeconds +
      terminationSeconds +
      Math.max(leastAfterDatabaseSeconds, 2 * (phases.services + phases.traffic)),
  };
}
