import type { Site } from "../../contract/stack.ts";
import type { EpochRecord } from "../../drill/ports/third-place.ts";
import { standbyLine } from "./standby.ts";
import { renderTimeline } from "./timeline.ts";
import type {
  CertificateStatus,
  DnsStatus,
  DocumentsStatus,
  RepositoryStatus,
  ScheduleStatus,
  Seen,
  SiteStatus,
  StatusReport,
} from "./types.ts";

/** For people, in the order in which they ask: who serves, is it well, what could be restored, where do names lead. */
export function renderStatusReport(report: StatusReport, columns: number | null = null): string {
  const { operator } = report;
  const nowMs = Date.parse(report.takenAt);
  const lines = [
    `taken   ${report.takenAt}`,
    `epoch   ${show(report.epoch, (epoch) => (epoch === null ? "none yet" : `${epoch.epoch}, ${epoch.holder} is active${epoch.run === null ? "" : ` (run ${epoch.run})`}`))}`,
    `lease   ${show(report.lease, (lease) => (lease === null ? "free" : `run ${lease.run} of ${lease.operator} on ${lease.host}, until ${new Date(lease.expiresAtMs).toISOString()}`))}`,
    "",
    ...report.sites.flatMap((site) => [
      ...renderSite(site, "value" in report.epoch ? report.epoch.value : null),
      ...(report.standby?.site === site.site ? [`${"".padEnd(8)}${standbyLine(report.standby)}`] : []),
    ]),
    "",
    ...(report.repositories.length === 0
      ? ["repositories: not asked, without an epoch"]
      : table(repositoryRows(report.repositories))),
    "",
    ...certificateLines(report.certificates),
    ...(operator.schedules.length === 0 ? [] : [...table(scheduleRows(operator.schedules, nowMs)), ""]),
    ...(columns === null || operator.schedules.length === 0
      ? []
      : [...renderTimeline(report.repositories, operator.schedules, nowMs, columns), ""]),
    ...(operator.documents === null ? [] : [documentsLine(operator.documents, nowMs), ""]),
    ...(operator.buckets.length === 0 ? [] : [...table(bucketRows(operator.buckets)), ""]),
    ...table(dnsRows(report.dns)),
    "",
    ...(report.problems.length === 0
      ? ["all is well"]
      : report.problems.map((problem) => `problem: ${problem}`)),
  ];
  return `${lines.join("\n")}\n`;
}

function show<T>(seen: Seen<T>, words: (value: T) => string): string {
  return "value" in seen ? words(seen.value) : `unreachable: ${seen.error}`;
}

function renderSite(status: SiteStatus, record: EpochRecord | null): readonly string[] {
  const { site, api, role, epoch, phase, database } = status;
  if (!api.reachable) return [`${site.padEnd(8)}unreachable: ${api.detail}`];
  const said = role === null ? roleWithoutPod(site, record) : `${role}, epoch ${epoch}, phase ${phase}`;
  const position = database.lsn === null ? "" : `, WAL at ${database.lsn}`;
  return [
    `${site.padEnd(8)}${said}`,
    `${"".padEnd(8)}database ${database.ready ? "ready" : `not ready: ${database.detail}`}${position}`,
  ];
}

/** A site that stands by runs no database that could say so. */
function roleWithoutPod(site: Site, record: EpochRecord | null): string {
  if (record === null) return "says nothing of its role";
  return record.holder === site
    ? `active in epoch ${record.epoch}, and its pod says nothing`
    : `stands by: epoch ${record.epoch} is ${record.holder}'s`;
}

function repositoryRows(repositories: readonly RepositoryStatus[]): readonly (readonly string[])[] {
  return [
    ["repository", "epoch", "status", "newest set", "age", "sets", "oldest point", "newest WAL", "lag"],
    ...repositories.map((one) => [
      one.repository,
      String(one.epoch),
      one.status,
      one.newestSet === null ? "-" : `${one.newestSet.label} (${one.newestSet.type})`,
      one.newestSet === null ? "-" : duration(one.newestSet.ageSeconds),
      String(one.sets ?? "-"),
      one.oldestRestorableMs === null ? "-" : minuteOf(one.oldestRestorableMs),
      one.newestSegment ?? "-",
      one.lagBytes === null
        ? "-"
        : `${bytes(one.lagBytes)}${one.lagSeconds === null ? "" : `, ${duration(one.lagSeconds)}`}`,
    ]),
  ];
}

/** Those that could be asked: a standby has no server that could show one. */
function certificateLines(certificates: readonly CertificateStatus[]): readonly string[] {
  const shown = certificates.filter(({ state }) => state !== "unseen");
  return shown.length === 0 ? [] : ["certificates", ...shown.map(({ words }) => `  ${words}`), ""];
}

function scheduleRows(schedules: readonly ScheduleStatus[], nowMs: number): readonly (readonly string[])[] {
  return [
    ["schedule", "next", "last run", "last success"],
    ...schedules.map(({ name, nextAtMs, newest, success }) => [
      name,
      nextAtMs === null ? "never" : `${minuteOf(nextAtMs)} (in ${duration(secondsBetween(nowMs, nextAtMs))})`,
      "error" in newest
        ? newest.error
        : newest.value === null
          ? "no record"
          : `${newest.value.outcome}, ${duration(secondsBetween(newest.value.endedAtMs, nowMs))} ago`,
      "error" in success
        ? "-"
        : success.value === null
          ? "never"
          : `${duration(secondsBetween(success.value.endedAtMs, nowMs))} ago${success.value.label === null ? "" : `, ${success.value.label}`}`,
    ]),
  ];
}

function documentsLine(documents: Seen<DocumentsStatus>, nowMs: number): string {
  return `documents  ${show(documents, ({ wholeUntilMs }) =>
    wholeUntilMs === null
      ? "no heartbeat of the active site yet"
      : `all until ${duration(secondsBetween(wholeUntilMs, nowMs))} ago are in the third place`,
  )}`;
}

function bucketRows(buckets: StatusReport["operator"]["buckets"]): readonly (readonly string[])[] {
  return [
    ["bucket", "versions", "lock", "lifecycle", "as planned"],
    ...buckets.map(({ bucket, found }) =>
      "error" in found
        ? [bucket, "-", "-", "-", `not read: ${found.error}`]
        : [
            bucket,
            found.value.versioning ? "kept" : "none",
            found.value.lock ?? "none",
            found.value.lifecycle ?? "none",
            found.value.drift.length === 0 ? "yes" : `no: it ${found.value.drift.join(", ")}`,
          ],
    ),
  ];
}

const secondsBetween = (fromMs: number, toMs: number): number =>
  Math.max(0, Math.round((toMs - fromMs) / 1000));

function minuteOf(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 16)}Z`;
}

function dnsRows(dns: readonly DnsStatus[]): readonly (readonly string[])[] {
  return [
    ["name", "server", "answer"],
    ...dns.map(({ name, server, answer }) => [
      name,
      server,
      "error" in answer
        ? answer.error
        : answer.value.ok
          ? `${answer.value.addresses.join(", ")} (TTL ${answer.value.ttlSeconds} s)`
          : answer.value.rcode,
    ]),
  ];
}

export function duration(seconds: number): string {
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86_400)} days`;
}

function bytes(count: number): string {
  if (count < 1024) return `${count} B`;
  return count < 1024 ** 2 ? `${Math.round(count / 1024)} KiB` : `${(count / 1024 ** 2).toFixed(1)} MiB`;
}

function table(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}
