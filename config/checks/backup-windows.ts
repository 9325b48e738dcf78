import { divideWindows, leastWindowMinutes, wholeWindowMinutes } from "../backup-windows.ts";
import { type CronSchedule, shortestGapMinutes } from "../cron.ts";
import { allSchedules, forecastRestore } from "../forecast.ts";
import { showValue } from "../problem.ts";
import type { Partly, SiteConfig } from "../schema.ts";
import { type Findings, gather, nothing, problem, warning } from "./findings.ts";

/** Schedules that leave no room for both repositories, or not enough for a backup of a full volume. */
export function checkBackupWindows(config: Partly<SiteConfig>): Findings {
  return gather([checkRoom(config), checkClockChange(config.backup?.timeZone)]);
}

const names = ["full", "differential", "incremental", "verify", "restoreTest", "logicalDump"] as const;

function checkRoom(config: Partly<SiteConfig>): Findings {
  const all = allSchedules(config);
  if (all === undefined) return nothing;
  const forecast = forecastRestore(config);
  const copySeconds = forecast?.copySeconds ?? 0;
  const findings: Findings[] = [];
  for (const name of names) {
    const schedule = config.backup?.schedules?.[name] as CronSchedule | null | undefined;
    if (schedule == null) continue;
    const path = `backup.schedules.${name}`;
    const windows = divideWindows(schedule, all, Math.ceil(copySeconds / 30));
    if (name === "logicalDump") {
      if (wholeWindowMinutes(schedule, all, 0) === undefined)
        findings.push(tooNear(path, schedule, shortestGapMinutes(schedule, all), leastWindowMinutes));
    } else if (windows === undefined) {
      const gap = shortestGapMinutes(schedule, all);
      findings.push(tooNear(path, schedule, gap, 2 * leastWindowMinutes));
    } else if (name === "full" && copySeconds > windows.windowMinutes * 60) {
      findings.push(
        warning({
          path,
          what: `a full volume is forecast to need ${Math.ceil(copySeconds / 60)} minutes, but the next backup starts after ${windows.windowMinutes}`,
          got: showValue(schedule.text),
        }),
      );
    } else if (name === "restoreTest" && 2 * (forecast?.totalSeconds ?? 0) > windows.windowMinutes * 60) {
      findings.push(
        warning({
          path,
          what: `twice the forecast of a full volume's restore is ${Math.ceil((2 * (forecast?.totalSeconds ?? 0)) / 60)} minutes, but the test is ended after ${windows.windowMinutes} at the latest`,
          got: showValue(schedule.text),
          hint: "give it more room before the next backup, or measure holdfast:recovery.restoreRate",
        }),
      );
    }
  }
  return gather(findings);
}

function tooNear(path: string, schedule: CronSchedule, gap: number, needed: number): Findings {
  return problem({
    path,
    what:
      gap < needed
        ? `another backup or job starts ${gap} minutes later: they would overlap`
        : "no cron expression says a start for the site's own repository between this and the next backup or job",
    got: showValue(schedule.text),
    allowed: `${needed} minutes to the next start of any backup or job${needed > leastWindowMinutes ? `, for two repositories of ${leastWindowMinutes} minutes each` : ""}`,
    hint: 'give the schedules other minutes, or fewer times a day; verify, restoreTest and logicalDump may be "never"',
  });
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
