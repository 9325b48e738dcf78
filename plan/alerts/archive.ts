import { select, text, whileActive } from "./expressions.ts";
import type { AlertRule, Severity, WatchedPlan } from "./types.ts";
import { words } from "./words.ts";

/** Between two looks of the exporter, two scrapes and two evaluations. */
const seenWithinSeconds = 30;

/**
 * A dead archive is to be seen within archive_timeout and a minute, and a healthy one is up to archive_timeout and an
 * upload behind: what is left of the minute once the looking is taken off.
 */
const behindSlackSeconds = 60 - seenWithinSeconds;

/** Beyond this the archive is behind, whatever archive_command says. */
export function archiveBehindSeconds(database: { readonly archiveTimeoutSeconds: number }): number {
  return database.archiveTimeoutSeconds + behindSlackSeconds;
}

const fillingSteps = [
  { percent: 70, severity: "warning" },
  { percent: 85, severity: "warning" },
  { percent: 95, severity: "critical" },
] as const satisfies readonly { readonly percent: number; readonly severity: Severity }[];

export function archiveRules(plan: WatchedPlan): readonly AlertRule[] {
  return [...commandRules(plan), ...plan.repositories.flatMap((one) => repositoryRules(plan, one.name))];
}

/** What the server says of its archiving: proof of trouble, never of health. */
function commandRules({ site }: WatchedPlan): readonly AlertRule[] {
  const failed = select(site, "pg_stat_archiver_failed_count");
  const open = select(site, "holdfast_archive_open");
  return [
    {
      alert: "HoldfastArchiveFailing",
      severity: "warning",
      labels: { site },
      expression: whileActive(site, `increase(${text(failed)}[5m]) > 0`),
      forSeconds: 60,
      when: "archive_command has failed in the last 5 minutes",
      summary: `${site}: archive_command fails`,
      action:
        "read PostgreSQL's log for pgBackRest's reason: the third place unreachable, its keys refused, or a segment that is there with another content",
      reads: [failed],
    },
    {
      alert: "HoldfastArchiveClosed",
      severity: "critical",
      labels: { site },
      expression: whileActive(site, `${text(open)} == 0`),
      forSeconds: 300,
      when: "the gate of archive_command has stayed closed for 5 minutes at the active site",
      summary: `${site}: is active and archives nothing: the gate is closed`,
      action:
        "read the steward's phase and error (holdfast status): the epoch's stanza could not be made, or the site is fenced",
      reads: [open],
    },
  ];
}

function repositoryRules(plan: WatchedPlan, repository: "offsite" | "site"): readonly AlertRule[] {
  const { site, targets, database } = plan;
  const labels = { site, repository };
  const of = (metric: string) => select(site, metric, { repository });
  const [up, lag, gap] = [
    of("holdfast_repository_up"),
    of("holdfast_wal_archive_lag_seconds"),
    of("holdfast_wal_archive_gap"),
  ];
  // What is lost with the site is what the third place has not: the site's own repository keeps no RPO.
  const worst: Severity = repository === "offsite" ? "critical" : "warning";
  const lagRule = (
    alert: "HoldfastArchiveBehind" | "HoldfastArchiveLagHalfRpo" | "HoldfastArchiveLagOverRpo",
    severity: Severity,
    seconds: number,
    meaning: string,
  ): AlertRule => ({
    alert,
    severity,
    labels,
    expression: whileActive(site, `${text(lag)} > ${seconds}`),
    forSeconds: 0,
    when: `a repository is more than ${words(seconds)} behind the server (${meaning})`,
    summary: `${site}: writes of {{ $value | humanizeDuration }} ago are not in repository ${repository}`,
    action:
      repository === "offsite"
        ? "compare archive_mode and archive_command with the plan, read PostgreSQL's log, and ask whether the third place answers; what is not there is lost with the site"
        : "ask whether the site's own store answers; a gap there is mended by a full backup",
    reads: [lag],
  });
  return [
    lagRule(
      "HoldfastArchiveBehind",
      "warning",
      archiveBehindSeconds(database),
      `archive_timeout and ${behindSlackSeconds} seconds, whatever archive_command says`,
    ),
    lagRule("HoldfastArchiveLagHalfRpo", "warning", targets.rpoSeconds / 2, "half the RPO"),
    lagRule("HoldfastArchiveLagOverRpo", worst, targets.rpoSeconds, "the RPO"),
    {
      alert: "HoldfastArchiveGap",
      severity: worst,
      labels,
      expression: whileActive(site, `${text(gap)} == 1`),
      forSeconds: 120,
      when: "a WAL segment is missing in a repository and no full backup has begun after it",
      summary: `${site}: a WAL segment is missing in repository ${repository}: no restore from there gets past it`,
      action:
        "a full backup starts by itself; see that it ends (holdfast status), and why the segment is missing",
      reads: [gap],
    },
    {
      alert: "HoldfastRepositoryUnreachable",
      severity: worst,
      labels,
      expression: whileActive(site, `${text(up)} == 0`),
      forSeconds: 60,
      when: "a repository has not answered for a minute",
      summary: `${site}: repository ${repository} does not answer`,
      action:
        repository === "offsite"
          ? "ask whether the third place's store answers and takes the reader's keys; WAL piles up on the volume meanwhile"
          : "look at the site's own store; the third place's repository goes on without it",
      reads: [up],
    },
    ...(repository === "site" ? [leftOutRule(site)] : []),
  ];
}

function leftOutRule(site: string): AlertRule {
  const breaker = select(site, "holdfast_archive_breaker_open", { repository: "site" });
  return {
    alert: "HoldfastRepositoryLeftOut",
    severity: "warning",
    labels: { site, repository: "site" },
    expression: whileActive(site, `${text(breaker)} == 1`),
    forSeconds: 300,
    when: "pushes to repository site have been left out for 5 minutes after one that failed",
    summary: `${site}: WAL is not pushed to repository site`,
    action: "look at the site's own store; once it answers, a full backup there closes the gap",
    reads: [breaker],
  };
}

/** PostgreSQL stops when its volume is full, and a blocked archive fills it. */
export function volumeRules({ site, database }: WatchedPlan): readonly AlertRule[] {
  const size = select(site, "holdfast_volume_size_bytes");
  const available = select(site, "holdfast_volume_available_bytes");
  const wal = select(site, "holdfast_wal_bytes");
  const largest = 2 * maxWalBytes(database.parameters);
  const room = database.volume.sizeBytes;
  return [
    ...fillingSteps.map(({ percent, severity }): AlertRule => {
      const bytes = (room * percent) / 100;
      return {
        alert: "HoldfastVolumeFilling",
        severity,
        labels: { site, step: String(percent) },
        // The volume itself, or pg_wal alone against what the plan gives: a file system may be larger than its claim.
        expression: whileActive(
          site,
          `1 - ${text(available)} / ${text(size)} > ${percent / 100} or ${text(wal)} > ${bytes}`,
        ),
        forSeconds: 0,
        when: `${percent} % of the database's volume are in use, or pg_wal alone takes that much of the planned size`,
        summary: `${site}: the database's volume is more than ${percent} % full`,
        action:
          "if pg_wal grows, archiving is blocked: mend that first, never delete from pg_wal; else make the volume larger",
        reads: [size, available, wal],
      };
    }),
    {
      alert: "HoldfastWalPilingUp",
      severity: "warning",
      labels: { site },
      expression: whileActive(site, `${text(wal)} > ${largest}`),
      forSeconds: 120,
      when: `pg_wal is larger than ${largest / 1024 ** 2} MiB (twice max_wal_size)`,
      summary: `${site}: pg_wal has grown to {{ $value | humanize1024 }}B`,
      action: "archiving is slower than writing, or blocked: see the repositories' lag in holdfast status",
      reads: [wal],
    },
  ];
}

const defaultMaxWalBytes = 1024 ** 3;

/** As PostgreSQL reads it: megabytes without a unit. */
function maxWalBytes(parameters: Readonly<Record<string, string>>): number {
  const given = parameters.max_wal_size;
  const match = /^(\d+)\s*(kB|MB|GB|TB)?$/.exec(given ?? "");
  if (match === null) return defaultMaxWalBytes;
  const unit = { kB: 1024, MB: 1024 ** 2, GB: 1024 ** 3, TB: 1024 ** 4 }[match[2] ?? "MB"];
  return Number(match[1]) * (unit ?? 1024 ** 2);
}
