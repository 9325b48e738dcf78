import { z } from "zod";
import { type Site, sites } from "../../contract/stack.ts";
import type { ObservingPorts, Places } from "../../drill/adapters/index.ts";
import { type BackupAgeLimits, tooOld } from "../../drill/backup-age.ts";
import { judgeCertificate } from "../../drill/certificates.ts";
import { skewOfDatabase, skewOfStore } from "../../drill/clock-skew.ts";
import { leaseKey } from "../../drill/lease.ts";
import type { EpochRecord } from "../../drill/ports/third-place.ts";
import { archiveLagBytes } from "./lsn.ts";
import { noView, type OperatorSources, operatorView } from "./operator.ts";
import { findProblems } from "./problems.ts";
import { givenBy, questionMs, see } from "./see.ts";
import { standbyStatus } from "./standby.ts";
import type {
  ArchiveFailure,
  CertificateStatus,
  DnsStatus,
  LeaseStatus,
  RepositoryStatus,
  Seen,
  SiteStatus,
  StatusReport,
} from "./types.ts";

export async function collectStatus(
  ports: ObservingPorts,
  places: Places,
  sources: OperatorSources | null = null,
): Promise<StatusReport> {
  const [epoch, lease, siteStatuses, dns, certificates, store] = await Promise.all([
    see((signal) => ports.epoch.read(signal)),
    see((signal) => readLease(ports, places, signal)),
    Promise.all(sites.map((site) => siteStatus(ports, places, site))),
    dnsStatus(ports, places),
    certificateStatus(ports),
    see((signal) => skewOfStore(ports, signal)),
  ]);
  const record = givenBy(epoch) ?? ("error" in epoch ? claimedBy(siteStatuses) : null);
  const [repositories, operator, database] = await Promise.all([
    record === null ? [] : repositoryStatus(ports, record, siteStatuses, places.backupAge),
    sources === null ? noView : operatorView(ports, sources, record?.holder ?? null),
    see(async (signal) => (record === null ? null : skewOfDatabase(ports, record.holder, signal))),
  ]);
  const standby =
    record === null
      ? null
      : await standbyStatus(ports, places, {
          record,
          sites: siteStatuses,
          offsite: repositories.find(({ repository }) => repository === "offsite"),
          handover: sources?.plans[record.holder === "primary" ? "dr" : "primary"].term.handover,
        });
  const report = {
    schemaVersion: 1,
    takenAt: new Date(ports.clock.now()).toISOString(),
    epoch,
    lease,
    sites: siteStatuses,
    standby,
    repositories,
    certificates,
    clocks: { store, database },
    dns,
    operator,
  } as const;
  return {
    ...report,
    problems: findProblems(report, { primary: places.sites.primary.address, dr: places.sites.dr.address }),
  };
}

/** While the third place is silent a site's own word must do, unless both say that they are active. */
function claimedBy(siteStatuses: readonly SiteStatus[]): EpochRecord | null {
  const active = siteStatuses.filter(({ role, epoch }) => role === "active" && epoch !== null);
  const [only] = active;
  if (active.length !== 1 || only === undefined || only.epoch === null) return null;
  return { epoch: only.epoch, holder: only.site, run: null };
}

const podSchema = z.object({
  status: z.object({
    phase: z.string().optional(),
    conditions: z
      .array(z.object({ type: z.string(), status: z.string(), message: z.string().optional() }))
      .optional(),
  }),
});

async function siteStatus(ports: ObservingPorts, places: Places, site: Site): Promise<SiteStatus> {
  const { namespace, pod } = places.sites[site];
  const kube = ports.kube(site);
  const api = await kube.reach(AbortSignal.timeout(questionMs));
  const unknown = { site, api, role: null, epoch: null, phase: null, stuck: null } as const;
  if (!api.reachable) {
    const database = {
      ready: false,
      detail: "the cluster does not answer",
      ...noPosition,
    };
    return { ...unknown, database };
  }
  const [found, steward, position] = await Promise.all([
    see((signal) => kube.get("v1/Pod", namespace, pod.pod, signal)),
    see((signal) => ports.steward.status(site, signal)),
    see((signal) => readPosition(ports, site, signal)),
  ]);
  const said = givenBy(steward);
  return {
    ...unknown,
    ...(said === null ? {} : { role: said.role, epoch: said.epoch, phase: said.phase, stuck: said.error }),
    database: { ...readiness(found), ...(givenBy(position) ?? noPosition) },
  };
}

function readiness(pod: Seen<unknown>): { readonly ready: boolean; readonly detail: string } {
  if ("error" in pod) return { ready: false, detail: pod.error };
  if (pod.value === null) return { ready: false, detail: "no pod" };
  const { status } = podSchema.parse(pod.value);
  const ready = status.conditions?.find((condition) => condition.type === "Ready");
  if (ready?.status === "True") return { ready: true, detail: "ready" };
  return { ready: false, detail: [status.phase ?? "no phase", ready?.message].filter(Boolean).join(": ") };
}

type Position = Pick<SiteStatus["database"], "lsn" | "newestHeartbeatMs" | "archiveFailure">;
const noPosition: Position = { lsn: null, newestHeartbeatMs: null, archiveFailure: null };

async function readPosition(ports: ObservingPorts, site: Site, signal: AbortSignal): Promise<Position> {
  const rows = await ports.pg.query(
    site,
    `select pg_current_wal_flush_lsn()::text as lsn,
            (select extract(epoch from max(at)) * 1000 from holdfast.heartbeat) as heartbeat,
            case when last_failed_time > coalesce(last_archived_time, '-infinity') then last_failed_wal end as failed,
            extract(epoch from last_failed_time) * 1000 as failed_at,
            failed_count as failures
       from pg_stat_archiver`,
    [],
    signal,
  );
  const row = rows[0];
  if (row === undefined) return noPosition;
  return {
    lsn: given(row.lsn) === null ? null : String(row.lsn),
    newestHeartbeatMs: given(row.heartbeat) === null ? null : Number(row.heartbeat),
    archiveFailure: archiveFailureOf(row),
  };
}

function archiveFailureOf(row: Readonly<Record<string, unknown>>): ArchiveFailure | null {
  if (given(row.failed) === null) return null;
  return {
    segment: String(row.failed),
    atMs: Math.round(Number(row.failed_at)),
    failures: Number(row.failures),
  };
}

const given = (value: unknown): unknown => value ?? null;

/** Through the holder's pod where it answers, else the other's; the offsite bucket's names need neither. */
async function repositoryStatus(
  ports: ObservingPorts,
  { epoch, holder }: EpochRecord,
  siteStatuses: readonly SiteStatus[],
  backupAge: BackupAgeLimits,
): Promise<readonly RepositoryStatus[]> {
  const server = siteStatuses.find((one) => one.site === holder);
  const via = [holder, ...sites.filter((site) => site !== holder)].find((site) =>
    siteStatuses.some((one) => one.site === site && one.phase !== null),
  );
  const stored = givenBy(await see((signal) => ports.repository.newestSegment(epoch, signal)));

  async function look(repository: "offsite" | "site"): Promise<RepositoryStatus | null> {
    const listed = repository === "offsite" ? stored : null;
    const none = {
      repository,
      via: null,
      epoch,
      newestSet: null,
      sets: null,
      madeSets: [],
      oldestRestorableMs: null,
      newestSegment: listed?.segment ?? null,
      tooOld: null,
    } as const;
    // The other site's own store is another repository: only the holder's pod speaks of the holder's.
    const asked = repository === "site" ? (via === holder ? via : undefined) : via;
    if (asked === undefined) {
      if (repository === "site") return null;
      return {
        ...none,
        status: listed === null ? "no answer" : "names read from the bucket; no pod could be asked",
        ...lagOf(listed, server),
      };
    }
    const seen = await see((signal) => ports.repository.info({ repository, epoch, via: asked }, signal));
    if ("error" in seen) return { ...none, status: seen.error, ...lagOf(listed, server) };
    const { status, sets, archive } = seen.value;
    const good = sets.filter((set) => !set.error);
    const newest = good.at(-1);
    const newestSegment = archive.max ?? listed?.segment ?? null;
    return {
      ...none,
      via: asked,
      status: status.code === 0 ? "ok" : `${status.code}: ${status.message}`,
      sets: sets.length,
      madeSets: good.map(({ label, type, stoppedAtMs }) => ({ label, type, stoppedAtMs })),
      oldestRestorableMs: good.length === 0 ? null : Math.min(...good.map(({ stoppedAtMs }) => stoppedAtMs)),
      newestSet:
        newest === undefined
          ? null
          : {
              label: newest.label,
              type: newest.type,
              databaseBytes: newest.databaseBytes,
              stoppedAtMs: newest.stoppedAtMs,
              ageSeconds: Math.max(0, Math.round((ports.clock.now() - newest.stoppedAtMs) / 1000)),
            },
      newestSegment,
      // The schedules promise both repositories the same; the site's own may be new and empty after a promotion.
      tooOld: tooOld(
        sets.filter((set) => !set.error).map((set) => ({ ...set, storedAtMs: set.stoppedAtMs })),
        backupAge,
        ports.clock.now(),
      ),
      ...lagOf(
        newestSegment === null ? null : { segment: newestSegment, storedAtMs: listed?.storedAtMs ?? null },
        server,
      ),
    };
  }
  return (await Promise.all([look("offsite"), look("site")])).filter((one) => one !== null);
}

function lagOf(
  newest: { readonly segment: string; readonly storedAtMs: number | null } | null,
  server: SiteStatus | undefined,
): { readonly lagBytes: number | null; readonly lagSeconds: number | null } {
  const lsn = server?.database.lsn ?? null;
  const heartbeat = server?.database.newestHeartbeatMs ?? null;
  return {
    lagBytes: newest === null || lsn === null ? null : archiveLagBytes(lsn, newest.segment),
    lagSeconds:
      newest === null || newest.storedAtMs === null || heartbeat === null
        ? null
        : Math.max(0, Math.round((heartbeat - newest.storedAtMs) / 1000)),
  };
}

async function certificateStatus(ports: ObservingPorts): Promise<readonly CertificateStatus[]> {
  const seen = givenBy(await see((signal) => ports.certificates.look(signal))) ?? [];
  return seen.map((one) => ({ what: one.what, ...judgeCertificate(one, ports.clock.now()) }));
}

const leaseSchema = z.object({
  run: z.string(),
  operator: z.string(),
  host: z.string(),
  expiresAtMs: z.number(),
});

async function readLease(
  ports: ObservingPorts,
  places: Places,
  signal: AbortSignal,
): Promise<LeaseStatus | null> {
  const found = await ports.s3.getText(places.offsite.controlBucket, leaseKey, signal);
  return found === null ? null : leaseSchema.parse(JSON.parse(found.text));
}

function dnsStatus(ports: ObservingPorts, places: Places): Promise<readonly DnsStatus[]> {
  const { authoritatives, resolvers } = ports.dns;
  const questions = [places.publicName, places.databaseName].flatMap((name) =>
    [...authoritatives, ...resolvers].map((server) => ({ name, server })),
  );
  return Promise.all(
    questions.map(async ({ name, server }) => ({
      name,
      server: server.name,
      address: server.address,
      answer: await see((signal) => ports.dns.query(server, name, signal)),
    })),
  );
}
