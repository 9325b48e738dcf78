import { duration } from "./render.ts";
import type { RepositoryStatus, ScheduleStatus, SiteStatus, StatusReport } from "./types.ts";

/** A WAL segment or two are always on their way. */
const usualLagBytes = 3 * 16 * 1024 ** 2;

/** What is wrong with backups, archive and buckets, each with what to do. */
export function backupProblems(report: Omit<StatusReport, "problems">): readonly string[] {
  const { operator, repositories } = report;
  const nowMs = Date.parse(report.takenAt);
  return [
    ...report.sites.flatMap((site) => failureProblems(site, nowMs)),
    ...repositories.flatMap((one) => archiveProblems(one, operator.archiveBehindSeconds)),
    ...documentsProblems(operator.documents, nowMs),
    ...operator.schedules.flatMap((schedule) => scheduleProblems(schedule, repositories, nowMs)),
    ...operator.buckets.flatMap(({ bucket, found }) =>
      "error" in found
        ? [`bucket ${bucket}: its settings cannot be read: ${found.error}`]
        : found.value.drift.map(
            (what) => `bucket ${bucket} ${what}; pulumi up --refresh --stack offsite mends it`,
          ),
    ),
  ];
}

/** A heartbeat or two may be on their way; no later than the RPO, which is when an alert fires. */
function documentsProblems(
  documents: StatusReport["operator"]["documents"],
  nowMs: number,
): readonly string[] {
  const look = "read the log of Odoo's container `documents`, and ask whether the bucket answers";
  if (documents === null) return [];
  if ("error" in documents)
    return [`documents: the third place does not say how old its copy is: ${documents.error}`];
  const { wholeUntilMs, allowedAgeSeconds, everySeconds } = documents.value;
  if (wholeUntilMs === null)
    return [`documents: the active site has sent no heartbeat, so nobody knows what the copy holds; ${look}`];
  const age = Math.round((nowMs - wholeUntilMs) / 1000);
  if (age <= Math.min(allowedAgeSeconds, 4 * everySeconds)) return [];
  const over = age > allowedAgeSeconds ? ` (the RPO is ${duration(allowedAgeSeconds)})` : "";
  return [
    `documents: those of the last ${duration(age)} are not known to be in the third place${over}; ${look}`,
  ];
}

/** Said at once: a lag shows only when the next segments are overdue. */
function failureProblems({ site, database }: SiteStatus, nowMs: number): readonly string[] {
  const { archiveFailure } = database;
  if (archiveFailure === null) return [];
  const { segment, atMs, failures } = archiveFailure;
  const ago = duration(Math.max(0, Math.round((nowMs - atMs) / 1000)));
  return [
    `${site}: the archive command fails: segment ${segment} was refused ${ago} ago (${failures} failures), and none was taken since; PostgreSQL's log names the repository, the status and the identity that asked`,
  ];
}

function archiveProblems(repository: RepositoryStatus, behindSeconds: number | null): readonly string[] {
  const { lagBytes, lagSeconds } = repository;
  if (behindSeconds === null) return [];
  const late = lagSeconds !== null && lagSeconds > behindSeconds;
  const much = lagBytes !== null && lagBytes > usualLagBytes;
  if (!late && !much) return [];
  const by = late ? duration(lagSeconds) : `${Math.round((lagBytes ?? 0) / 1024 ** 2)} MiB`;
  return [
    `repository ${repository.repository}: the archive is ${by} behind the server; what is not there is lost with the site: read PostgreSQL's log, compare archive_command with the plan, and ask whether the repository answers`,
  ];
}

function scheduleProblems(
  schedule: ScheduleStatus,
  repositories: readonly RepositoryStatus[],
  nowMs: number,
): readonly string[] {
  const { repository, kind, name, allowedAgeSeconds, newest, success } = schedule;
  const problems: string[] = [];
  const record = "value" in newest ? newest.value : null;
  if (record?.outcome === "failed")
    problems.push(`${name} failed: ${record.reason ?? "without a reason"}; mend it and run it again`);
  const lastMs = isBackup(kind) ? newestSet(schedule, repositories) : succeededAt(success);
  if (lastMs === null) return problems;
  const age = Math.round((nowMs - lastMs) / 1000);
  if (age > allowedAgeSeconds)
    problems.push(
      `repository ${repository}: the newest ${kind} is ${duration(age)} old, and ${duration(allowedAgeSeconds)} are the most; see whether ${name} is suspended, and run it by hand`,
    );
  return problems;
}

function isBackup(kind: ScheduleStatus["kind"]): boolean {
  return kind === "full" || kind === "diff" || kind === "incr";
}

/** Null where there is none: the first of this epoch may be still to come, and a repository without any set is said already. */
function newestSet(
  { repository, kind }: ScheduleStatus,
  repositories: readonly RepositoryStatus[],
): number | null {
  const sets = repositories.find((one) => one.repository === repository)?.madeSets ?? [];
  return sets.findLast(({ type }) => type === kind)?.stoppedAtMs ?? null;
}

function succeededAt(success: ScheduleStatus["success"]): number | null {
  return "value" in success ? (success.value?.endedAtMs ?? null) : null;
}
