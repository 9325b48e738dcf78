import { divideWindows, leastWindowMinutes } from "../backup-windows.ts";
import { type CronSchedule, shortestGapMinutes } from "../cron.ts";
import { completeSchedules, forecastRestore } from "../forecast.ts";
import { showValue } from "../problem.ts";
import type { Partly, SiteConfig } from "../schema.ts";
import { type Findings, gather, nothing, problem, warning } from "./findings.ts";

/** Schedules that leave no room for both repositories, or not enough for a backup of a full volume. */
export function checkBackupWindows(config: Partly<SiteConfig>): Findings {
  return gather([checkRoom(config), checkClockChange(config.backup?.timeZone)]);
}

function checkRoom(config: Partly<SiteConfig>): Findings {
  const all = completeSchedules(config);
  if (all === undefined) return nothing;
  const copySeconds = forecastRestore(config)?.copySeconds ?? 0;
  const findings: Findings[] = [];
  for (const [index, name] of (["full", "differential", "incremental"] as const).entries()) {
    const schedule = all[index] as CronSchedule;
    const path = `backup.schedules.${name}`;
    const windows = divideWindows(schedule, all, Math.ceil(copySeconds / 30));
    if (windows === undefined) {
      const gap = shortestGapMinutes(schedule, all);
      findings.push(
        problem({
          path,
          what:
            gap < 2 * leastWindowMinutes
              ? `another backup starts ${gap} minutes later: they would overlap`
              : "no cron expression says a start for the site's own repository between this and the next backup",
          got: showValue(schedule.text),
          allowed: `${2 * leastWindowMinutes} minutes to the next start of any backup, for two repositories of ${leastWindowMinutes} minutes each`,
          hint: "give the schedules other minutes, or fewer times a day",
        }),
      );
    } else if (name === "full" && copySeconds > windows.windowMinutes * 60) {
      findings.push(
        warning({
          path,
          what: `a full volume is forecast to need ${Math.ceil(copySeconds / 60)} minutes, but the next backup starts after ${windows.windowMinutes}`,
          got: showValue(schedule.text),
        }),
      );
    }
  }
  return gather(findings);
}

/** When the clock changes, a start between midnight and four is skipped or comes twice, and windows shrink by an hour. */
function checkClockChange(timeZone: string | undefined): Findings {
  if (timeZone === undefined) return nothing;
  const offsets = [0, 3, 6, 9].map(
    (month) =>
      new Intl.DateTimeFormat("en", { timeZone, timeZoneName: "longOffset" })
        .formatToParts(new Date(Date.UTC(2026, month, 1)))
        .find((part) => part.type === "timeZoneName")?.value,
  );
  if (new Set(offsets).size === 1) return nothing;
  return warning({
    path: "backup.timeZone",
    what: "its clock changes twice a year: that night a backup may be skipped, run twice or overlap the next",
    got: timeZone,
    allowed: "Etc/UTC keeps every interval",
  });
}
