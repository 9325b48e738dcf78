import type { JobKind } from "../../contract/job-record.ts";
import type { SchedulePlan, SitePlan } from "../types.ts";

/** One alert a name; several rules may share it, one a repository, kind or step. Names are a contract with those who route them. */
export const alertNames = [
  "HoldfastBackupTooOld",
  "HoldfastBackupNeverMade",
  "HoldfastJobFailed",
  "HoldfastJobNeverRun",
  "HoldfastJobOverdue",
  "HoldfastJobNeverDone",
  "HoldfastArchiveFailing",
  "HoldfastArchiveClosed",
  "HoldfastArchiveBehind",
  "HoldfastArchiveLagHalfRpo",
  "HoldfastArchiveLagOverRpo",
  "HoldfastArchiveGap",
  "HoldfastRepositoryUnreachable",
  "HoldfastRepositoryLeftOut",
  "HoldfastVolumeFilling",
  "HoldfastWalPilingUp",
  "HoldfastObjectLag",
  "HoldfastObjectsMissing",
  "HoldfastDatabaseDown",
  "HoldfastMetricsStale",
  "HoldfastMetricMissing",
  "HoldfastTargetDown",
  "HoldfastTargetMissing",
  "HoldfastNobodyServes",
] as const;
export type AlertName = (typeof alertNames)[number];

export type Severity = "warning" | "critical";

/** A metric with the labels that a rule reads it by. */
export interface Selector {
  readonly metric: string;
  readonly labels: Readonly<Record<string, string>>;
}

export interface AlertRule {
  readonly alert: AlertName;
  readonly severity: Severity;
  /** Beside `severity`. */
  readonly labels: Readonly<Record<string, string>>;
  readonly expression: string;
  /** How long it has to be true before anyone is told. */
  readonly forSeconds: number;
  /** What it is about, in words with this plan's numbers. */
  readonly when: string;
  readonly summary: string;
  /** What to do. */
  readonly action: string;
  /** Whose absence would keep this rule silent; each has a twin that says so. */
  readonly reads: readonly Selector[];
  /** Of a twin: what it misses. */
  readonly misses?: Selector;
}

export interface RuleGroup {
  readonly name: string;
  readonly intervalSeconds: number;
  readonly rules: readonly AlertRule[];
}

/** Backups, verifies, restore tests and dumps alike: what their alerts depend on. */
export type WatchedSchedule = Pick<
  SchedulePlan,
  "repository" | "cron" | "timeZone" | "startingDeadlineSeconds" | "activeDeadlineSeconds"
> & { readonly type: JobKind };

/** The part of a site's plan that the alerts are made from. */
export type WatchedPlan = Pick<SitePlan, "site" | "targets" | "repositories"> & {
  readonly database: Pick<SitePlan["database"], "archiveTimeoutSeconds" | "parameters" | "volume">;
  readonly schedules: readonly WatchedSchedule[];
};
