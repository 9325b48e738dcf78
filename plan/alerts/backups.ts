import { olderThan, select, text, whileActive } from "./expressions.ts";
import { oldestAllowedSeconds, windowSeconds } from "./intervals.ts";
import { twin } from "./twins.ts";
import type { AlertRule, WatchedPlan, WatchedSchedule } from "./types.ts";
import { words } from "./words.ts";

const settleSeconds = 60;

const suspendedAction =
  "see whether its schedule is suspended, and its newest job's log; run one by hand from the CronJob";

const titles = {
  full: "full backup",
  diff: "differential backup",
  incr: "incremental backup",
  verify: "verify",
  "restore-test": "restore test",
  "logical-dump": "logical dump",
} as const;

/** Backups are judged by what the repository lists, the other jobs by their records: neither by the job's own status. */
export function backupRules({ site, schedules }: WatchedPlan): readonly AlertRule[] {
  return schedules.flatMap((schedule) => [
    ...(isBackup(schedule) ? setRules(site, schedule) : overdueRules(site, schedule)),
    ...failedRules(site, schedule),
  ]);
}

function isBackup({ type }: WatchedSchedule): boolean {
  return type === "full" || type === "diff" || type === "incr";
}

const labelsOf = (site: string, { repository, type }: WatchedSchedule) => ({ site, repository, kind: type });

function setRules(site: string, schedule: WatchedSchedule): readonly AlertRule[] {
  const { repository, type } = schedule;
  const newest = select(site, "holdfast_backup_last_success_timestamp_seconds", { repository, kind: type });
  const allowed = oldestAllowedSeconds(schedule);
  const severity = type === "full" && repository === "offsite" ? "critical" : "warning";
  // A site that was just activated makes a full backup at once, the other kinds when their time comes.
  const neverAfter = type === "full" ? windowSeconds(schedule) : allowed;
  return [
    {
      alert: "HoldfastBackupTooOld",
      severity,
      labels: labelsOf(site, schedule),
      expression: whileActive(site, olderThan(newest, allowed)),
      forSeconds: settleSeconds,
      when: `a repository's newest ${titles[type]} is older than ${words(allowed)} (the schedule's longest interval and its window)`,
      summary: `${site}: the newest ${titles[type]} in repository ${repository} is {{ $value | humanizeDuration }} old`,
      action: suspendedAction,
      reads: [newest],
    },
    twin({
      alert: "HoldfastBackupNeverMade",
      severity,
      site,
      misses: newest,
      forSeconds: neverAfter,
      when: `a repository has listed no ${titles[type]} of this epoch for ${words(neverAfter)}`,
      summary: `${site}: repository ${repository} lists no ${titles[type]} of this epoch`,
      action: suspendedAction,
    }),
  ];
}

function overdueRules(site: string, schedule: WatchedSchedule): readonly AlertRule[] {
  const { repository, type } = schedule;
  const newest = select(site, "holdfast_job_last_success_timestamp_seconds", { repository, kind: type });
  const allowed = oldestAllowedSeconds(schedule);
  return [
    {
      alert: "HoldfastJobOverdue",
      severity: "warning",
      labels: labelsOf(site, schedule),
      expression: whileActive(site, olderThan(newest, allowed)),
      forSeconds: settleSeconds,
      when: `a repository's last ${titles[type]} that succeeded is older than ${words(allowed)}`,
      summary: `${site}: the last ${titles[type]} of repository ${repository} that succeeded is {{ $value | humanizeDuration }} ago`,
      action: suspendedAction,
      reads: [newest],
    },
    twin({
      alert: "HoldfastJobNeverDone",
      severity: "warning",
      site,
      misses: newest,
      forSeconds: allowed,
      when: `no ${titles[type]} of a repository has succeeded in ${words(allowed)}`,
      summary: `${site}: no ${titles[type]} of repository ${repository} has ever succeeded`,
      action: suspendedAction,
    }),
  ];
}

/** A restore that fails is a backup that is none; a backup that fails has another try, and an age of its own. */
function failedRules(site: string, schedule: WatchedSchedule): readonly AlertRule[] {
  const { repository, type } = schedule;
  const failed = select(site, "holdfast_job_last_failed", { repository, kind: type });
  const severity = type === "verify" || type === "restore-test" ? "critical" : "warning";
  const neverAfter = oldestAllowedSeconds(schedule);
  return [
    {
      alert: "HoldfastJobFailed",
      severity,
      labels: labelsOf(site, schedule),
      expression: whileActive(site, `${text(failed)} == 1`),
      forSeconds: 0,
      when: `the newest ${titles[type]} of a repository failed`,
      summary: `${site}: the newest ${titles[type]} of repository ${repository} failed`,
      action: "read its reason in the records bucket and the job's log, mend it, and run it again",
      reads: [failed],
    },
    twin({
      alert: "HoldfastJobNeverRun",
      severity: "warning",
      site,
      misses: failed,
      forSeconds: neverAfter,
      when: `no ${titles[type]} of a repository has left a record in ${words(neverAfter)}`,
      summary: `${site}: no ${titles[type]} of repository ${repository} has left a record`,
      action: "see whether the schedule is suspended, and whether its jobs can write to the records bucket",
    }),
  ];
}
