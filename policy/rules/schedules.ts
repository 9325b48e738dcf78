import { backupJobsOf, backupNames, type CronJob, cronJobOf } from "../read/backup-jobs.ts";
import { cronStarts, shortestGap } from "../read/cron.ts";
import { kubernetesKind } from "../read/pods.ts";
import { at, textOf } from "../read/value.ts";
import {
  type Finding,
  type Resource,
  type Rule,
  resourceRule,
  stackRule,
  wholeNumber,
  words,
} from "../rule.ts";

const cronjobForbid = resourceRule({
  name: "cronjob-forbid",
  title: "A CronJob never runs twice at once",
  severity: "high",
  level: "mandatory",
  reason: "a second backup only meets the first one's lock, and two that do not lock spoil each other's work",
  remediation: "set `concurrencyPolicy: Forbid`",
  covers: (resource) => kubernetesKind(resource) === "CronJob",
  *judge(resource) {
    if (cronJobOf(resource) === undefined) return;
    const policy = textOf(at(resource.props, "spec", "concurrencyPolicy")) ?? "Allow";
    if (policy !== "Forbid") yield `has concurrencyPolicy ${policy}`;
  },
});

const cronjobDeadlines = resourceRule({
  name: "cronjob-deadlines",
  title: "A CronJob has both deadlines",
  severity: "high",
  level: "mandatory",
  reason:
    "without startingDeadlineSeconds a CronJob that missed a hundred starts never runs again; without activeDeadlineSeconds one job that hangs is the last one behind Forbid",
  remediation:
    "set startingDeadlineSeconds (10 or more) and jobTemplate.spec.activeDeadlineSeconds, together less than the time between two starts",
  covers: (resource) => kubernetesKind(resource) === "CronJob",
  *judge(resource) {
    const job = cronJobOf(resource);
    if (job === undefined) return;
    const { startingDeadlineSeconds: starting, activeDeadlineSeconds: active } = job;
    if (starting === undefined) yield "has no startingDeadlineSeconds";
    else if (starting < 10)
      yield `has startingDeadlineSeconds ${starting}: the controller looks every 10 s only`;
    if (active === undefined) yield "has no activeDeadlineSeconds";
    const starts = cronStarts(job.schedule);
    if (starts === undefined) yield `has a schedule that is not read here: ${job.schedule}`;
    else if (starting !== undefined && active !== undefined && starting + active > shortestGap(starts) * 60)
      yield `may still run at its next start, ${shortestGap(starts)} minutes later`;
  },
});

const backupWindowsApart = stackRule({
  name: "backup-windows-apart",
  title: "The windows of backup jobs do not overlap",
  severity: "high",
  level: "mandatory",
  reason:
    "pgBackRest refuses the second of two backups (error 050), and a test that is late delays the next backup",
  remediation: "give the schedules other minutes, or the jobs shorter deadlines",
  settings: { names: backupNames },
  covers: (resource) => kubernetesKind(resource) === "CronJob",
  *judge(resources, values): Generator<Finding> {
    const windows = backupJobsOf(resources, values.names).flatMap(windowsOf);
    windows.sort((one, other) => one.fromMinutes - other.fromMinutes);
    const told = new Set<string>();
    let longest = windows[0];
    for (const window of windows.slice(1)) {
      if (longest !== undefined && window.fromMinutes < longest.toMinutes && window.job !== longest.job) {
        const pair = [longest.job.name, window.job.name].sort().join(" ");
        if (!told.has(pair))
          yield {
            message: `${window.job.name} starts while ${longest.job.name} may still run`,
            at: window.job.resource,
          };
        told.add(pair);
      }
      if (longest === undefined || window.toMinutes > longest.toMinutes) longest = window;
    }
  },
});

interface Window {
  readonly job: CronJob;
  readonly fromMinutes: number;
  readonly toMinutes: number;
}

/** From each start to the end of a job that began as late as it may and took as long as it may. */
function windowsOf(job: CronJob): readonly Window[] {
  const minutes = ((job.startingDeadlineSeconds ?? 0) + (job.activeDeadlineSeconds ?? 0)) / 60;
  return (cronStarts(job.schedule) ?? []).map((start) => ({
    job,
    fromMinutes: start,
    toMinutes: start + minutes,
  }));
}

const standbySuspended = stackRule({
  name: "standby-suspended",
  title: "Backup jobs run at the active site only",
  severity: "critical",
  level: "mandatory",
  reason:
    "two sites that write into one repository spoil it; jobs left suspended at the active one back nothing up",
  remediation: "set `suspend` by the site's role",
  settings: {
    names: backupNames,
    role: words(
      "",
      "the site's role, where no holdfast Term in the stack says it: active, standby, draining",
    ),
  },
  covers: (resource) => kubernetesKind(resource) === "CronJob",
  *judge(resources, values): Generator<Finding> {
    const role = roleOf(resources) ?? values.role;
    if (role === "") return;
    for (const { resource, name, suspended } of backupJobsOf(resources, values.names)) {
      if (role === "active" && suspended)
        yield { message: `${name} is suspended at the active site`, at: resource };
      if (role !== "active" && !suspended)
        yield { message: `${name} is not suspended, and the site's role is ${role}`, at: resource };
    }
  },
});

function roleOf(resources: readonly Resource[]): string | undefined {
  const term = resources.find(({ type }) => type === "holdfast:index:Term");
  return textOf(at(term?.props, "role"));
}

export const scheduleRules: readonly Rule[] = [
  cronjobForbid,
  cronjobDeadlines,
  backupWindowsApart,
  standbySuspended,
];

export const marginSeconds = wholeNumber(
  30,
  "seconds from the end of a WAL segment to the repository's answer that it has it",
);
