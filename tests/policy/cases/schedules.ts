import type { Resource } from "../../../policy/rule.ts";
import { changed, cronJob, withChanged, without } from "../builders.ts";
import { active, broken, full } from "./active-site.ts";
import type { Case } from "./case.ts";

const standby = withChanged(active, "term", (one) => changed(one, "role", "standby"));
const suspended = [full, "backup-site-full"].reduce<readonly Resource[]>(
  (stack, name) => withChanged(stack, name, (one) => changed(one, "spec.suspend", true)),
  standby,
);

const endsAfter = "spec.jobTemplate.spec.activeDeadlineSeconds";
const everyTwoHours = (endsAfterSeconds: number): Resource =>
  changed(cronJob("sync", "0 */2 * * *"), endsAfter, endsAfterSeconds);

export const scheduleCases: readonly Case[] = [
  { rule: "cronjob-forbid", kind: "valid", what: "Forbid", stack: active },
  {
    rule: "cronjob-forbid",
    kind: "extras",
    what: "history limits and a job of another kind",
    stack: [...broken(full, "spec.successfulJobsHistoryLimit", 3), cronJob("cleanup", "*/30 * * * *")].map(
      (one) => (one.name === "cleanup" ? changed(one, endsAfter, 600) : one),
    ),
  },
  {
    rule: "cronjob-forbid",
    kind: "nearMiss",
    what: "left out, so Allow",
    stack: broken(full, "spec.concurrencyPolicy", undefined),
    says: "concurrencyPolicy Allow",
  },
  {
    rule: "cronjob-forbid",
    kind: "nearMiss",
    what: "Replace ends the running one",
    stack: broken(full, "spec.concurrencyPolicy", "Replace"),
    says: "concurrencyPolicy Replace",
  },
  { rule: "cronjob-deadlines", kind: "valid", what: "both", stack: active },
  {
    rule: "cronjob-deadlines",
    kind: "extras",
    what: "exactly the time between two starts",
    stack: [everyTwoHours(6600)],
  },
  {
    rule: "cronjob-deadlines",
    kind: "nearMiss",
    what: "no start deadline",
    stack: broken(full, "spec.startingDeadlineSeconds", undefined),
    says: "no startingDeadlineSeconds",
  },
  {
    rule: "cronjob-deadlines",
    kind: "nearMiss",
    what: "shorter than the controller's look",
    stack: broken(full, "spec.startingDeadlineSeconds", 9),
    says: "every 10 s only",
  },
  {
    rule: "cronjob-deadlines",
    kind: "nearMiss",
    what: "no end",
    stack: broken(full, endsAfter, undefined),
    says: "no activeDeadlineSeconds",
  },
  {
    rule: "cronjob-deadlines",
    kind: "nearMiss",
    what: "a second longer than the time between two starts",
    stack: [everyTwoHours(6601)],
    says: "may still run at its next start, 120 minutes later",
  },
  { rule: "backup-windows-apart", kind: "valid", what: "hours apart", stack: active },
  {
    rule: "backup-windows-apart",
    kind: "extras",
    what: "one begins as the other has to end; another kind of job at the same time",
    stack: [...broken("backup-site-full", "spec.schedule", "5 3 * * *"), cronJob("reports", "15 1 * * *")],
  },
  {
    rule: "backup-windows-apart",
    kind: "nearMiss",
    what: "a minute before the other has to end",
    stack: broken("backup-site-full", "spec.schedule", "4 3 * * *"),
    says: "backup-site-full starts while backup-offsite-full may still run",
  },
  {
    rule: "backup-windows-apart",
    kind: "nearMiss",
    what: "only on Sundays",
    stack: broken("backup-site-full", "spec.schedule", "30 1 * * sun"),
    says: "backup-site-full starts while",
  },
  {
    rule: "backup-windows-apart",
    kind: "nearMiss",
    what: "over midnight",
    stack: broken("backup-site-full", "spec.schedule", "50 23 * * *"),
    says: "backup-offsite-full starts while backup-site-full may still run",
  },
  { rule: "standby-suspended", kind: "valid", what: "at the active site", stack: active },
  { rule: "standby-suspended", kind: "valid", what: "suspended at the standby", stack: suspended },
  {
    rule: "standby-suspended",
    kind: "extras",
    what: "jobs of another kind run on at the standby",
    stack: [...suspended, cronJob("reports", "30 8 * * *")],
  },
  {
    rule: "standby-suspended",
    kind: "nearMiss",
    what: "one runs on at the standby",
    stack: withChanged(suspended, full, (one) => changed(one, "spec.suspend", false)),
    says: "backup-offsite-full is not suspended, and the site's role is standby",
  },
  {
    rule: "standby-suspended",
    kind: "nearMiss",
    what: "one is left suspended at the active site",
    stack: broken("backup-site-full", "spec.suspend", true),
    says: "is suspended at the active site",
  },
  {
    rule: "standby-suspended",
    kind: "nearMiss",
    what: "the role from the settings",
    stack: without(active, "term"),
    settings: { role: "standby" },
    says: "the site's role is standby",
  },
];
