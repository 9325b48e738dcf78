import { divideWindows, wholeWindowMinutes } from "../config/backup-windows.ts";
import type { CronSchedule } from "../config/cron.ts";
import { allSchedules, forecastRestore } from "../config/forecast.ts";
import type { SiteConfig } from "../config/index.ts";
import { nameOf } from "./names.ts";
import { isQuarantined } from "./quarantine.ts";
import type { SchedulePlan } from "./types.ts";

/** A pod that was told to end gets so long; the window has to hold it too. */
const endSeconds = 60;

const latestStartSeconds = 3600;

const types = [
  { type: "full", schedule: "full" },
  { type: "diff", schedule: "differential" },
  { type: "incr", schedule: "incremental" },
  { type: "verify", schedule: "verify" },
  { type: "restore-test", schedule: "restoreTest" },
  { type: "logical-dump", schedule: "logicalDump" },
] as const;

interface Slot {
  readonly repository: SchedulePlan["repository"];
  readonly cron: string;
  readonly windowMinutes: number;
}

/**
 * One CronJob a repository and type: `backup` without a repository writes to the
 * first one only. A window holds a late start, the job and its end, and no two
 * windows overlap. Dumps go to the third place alone: what the site's own store
 * has is lost with the site, and nobody restores a dump in a hurry.
 */
export function planSchedules(config: SiteConfig): readonly SchedulePlan[] {
  const { schedules, timeZone } = config.backup;
  // Gone before the first of them, and without the keys for any.
  if (config.site.role === "rehearsal") return [];
  return types.flatMap(({ type, schedule }) => {
    const cron = schedules[schedule];
    if (cron === null) return [];
    return slotsOf(config, type, cron).map(({ repository, cron: text, windowMinutes }) => {
      const windowSeconds = windowMinutes * 60;
      // Below 10 s the controller can miss every start; without a deadline, 100 missed starts end the CronJob for good.
      const startingDeadlineSeconds = Math.min(latestStartSeconds, Math.floor(windowSeconds / 4));
      return {
        name: nameOf("cronJob", "backup", repository, type),
        repository,
        type,
        cron: text,
        timeZone,
        // Only the active site may write to the epoch's repository, and a copy in quarantine does nothing by itself.
        suspended: config.site.role !== "active" || isQuarantined(config),
        startingDeadlineSeconds,
        activeDeadlineSeconds: windowSeconds - startingDeadlineSeconds - endSeconds,
        historyLimits: { successful: 3, failed: 5 },
      };
    });
  });
}

function slotsOf(config: SiteConfig, type: SchedulePlan["type"], schedule: CronSchedule): readonly Slot[] {
  const all = allSchedules(config) ?? [];
  const copySeconds = forecastRestore(config)?.copySeconds ?? 0;
  if (type === "logical-dump") {
    const windowMinutes = wholeWindowMinutes(schedule, all, Math.ceil(copySeconds / 30));
    if (windowMinutes !== undefined) return [{ repository: "offsite", cron: schedule.text, windowMinutes }];
  } else {
    const windows = divideWindows(schedule, all, Math.ceil(copySeconds / 30));
    if (windows !== undefined) {
      const { windowMinutes } = windows;
      return [
        { repository: "offsite", cron: windows.offsiteCron, windowMinutes },
        { repository: "site", cron: windows.siteCron, windowMinutes },
      ];
    }
  }
  throw new Error(`loadConfig let overlapping schedules pass: ${schedule.text}`);
}
