import { divideWindows } from "../config/backup-windows.ts";
import { forecastRestore } from "../config/forecast.ts";
import type { SiteConfig } from "../config/index.ts";
import { nameOf } from "./names.ts";
import type { SchedulePlan } from "./types.ts";

/** A pod that was told to end gets so long; the window has to hold it too. */
const endSeconds = 60;

const latestStartSeconds = 3600;

const types = [
  { type: "full", schedule: "full" },
  { type: "diff", schedule: "differential" },
  { type: "incr", schedule: "incremental" },
] as const;

/**
 * One CronJob a repository and type: `backup` without a repository writes to the
 * first one only. A window holds a late start, the backup and its end, and no two
 * windows overlap.
 */
export function planSchedules(config: SiteConfig): readonly SchedulePlan[] {
  const { schedules, timeZone } = config.backup;
  const all = [schedules.full, schedules.differential, schedules.incremental];
  const copySeconds = forecastRestore(config)?.copySeconds ?? 0;
  return types.flatMap(({ type, schedule }) => {
    const windows = divideWindows(schedules[schedule], all, Math.ceil(copySeconds / 30));
    if (windows === undefined)
      throw new Error(`loadConfig let overlapping schedules pass: ${schedules[schedule].text}`);
    const windowSeconds = windows.windowMinutes * 60;
    // Below 10 s the controller can miss every start; without a deadline, 100 missed starts end the CronJob for good.
    const startingDeadlineSeconds = Math.min(latestStartSeconds, Math.floor(windowSeconds / 4));
    return (["offsite", "site"] as const).map((repository) => ({
      name: nameOf("cronJob", "backup", repository, type),
      repository,
      type,
      cron: repository === "offsite" ? windows.offsiteCron : windows.siteCron,
      timeZone,
      // Only the active site may write to the epoch's repository.
      suspended: config.site.role !== "active",
      startingDeadlineSeconds,
      activeDeadlineSeconds: windowSeconds - startingDeadlineSeconds - endSeconds,
      historyLimits: { successful: 3, failed: 5 },
    }));
  });
}
