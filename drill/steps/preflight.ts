import type { Site } from "../../contract/stack.ts";
import type { ErrorCode } from "../../errors/catalogue.ts";
import { UserError } from "../../errors/user-error.ts";
import { tooOld } from "../backup-age.ts";
import { judgeCertificate } from "../certificates.ts";
import { skewOfDatabase, skewOfStore } from "../clock-skew.ts";
import { PortError } from "../ports/port-error.ts";
import type { EpochRecord } from "../ports/third-place.ts";
import type { SiteLossOptions } from "../scenario/options.ts";
import { proved, type Step, type StepContext } from "../step.ts";

interface Refusal {
  readonly code: ErrorCode;
  readonly what: string;
}

/** What must be right before anything is touched; a refusal ends the run with exit status 2. */
export function preflightStep(options: SiteLossOptions): Step {
  return {
    id: "preflight",
    title: "Preflight: clocks, certificates, room, name servers, epoch, age of the backups",
    timeout: "preflight",
    expectedMs: 2_000,
    evidence: ["preflight.json"],
    async run(context) {
      const { ports, signal } = context;
      const record = await ports.epoch.read(signal);
      const clocks = await measureClocks(context, record?.holder ?? null);
      const facts = await ports.host.facts();
      const certificates = await judgeCertificates(context, record?.holder ?? null);
      refuse([
        ...wrongClocks(clocks, options.maximumClockSkewMs),
        ...certificates.refusals,
        ...when(
          facts.diskAvailableBytes < options.minimumDiskBytes,
          `${gigabytes(facts.diskAvailableBytes)} of disk are free`,
        ),
        ...when(
          facts.memoryAvailableBytes < options.minimumMemoryBytes,
          `${gigabytes(facts.memoryAvailableBytes)} of memory are free`,
        ),
        ...(await silentServers(context)),
        ...(await longAnswers(context, options)),
      ]);
      if (facts.loadAverage1m > facts.cpus)
        context.finding({
          id: "BUSY_MACHINE",
          what: `load ${facts.loadAverage1m} on ${facts.cpus} processors at the start`,
        });
      for (const what of certificates.expiring) context.finding({ id: "CERTIFICATE_EXPIRES", what });
      const sets = await judgeAge(context, record, options);
      const { sites } = await ports.lab.status();
      context.set("situation", {
        epoch: record?.epoch ?? null,
        holder: record?.holder ?? null,
        siteStates: { primary: sites.primary.state, dr: sites.dr.state },
        clockSkewMs: Math.abs(clocks.storeMs),
      });
      context.evidence(
        "preflight.json",
        `${JSON.stringify({ facts, clocks, certificates: certificates.all, sets: sets.slice(-5), record, sites }, null, 2)}\n`,
      );
    },
    async verify(context) {
      const { epoch, holder, clockSkewMs } = context.need("situation");
      return [
        proved("clocks agree", `${clockSkewMs} ms apart`),
        proved("situation known", epoch === null ? "no epoch yet" : `epoch ${epoch} is ${holder}'s`),
      ];
    },
  };
}

interface Clocks {
  readonly storeMs: number;
  /** Null where no site is active, or it does not answer: a dead primary must not keep a drill from starting. */
  readonly database: { readonly site: Site; readonly skewMs: number } | null;
}

async function measureClocks({ ports, signal }: StepContext, holder: Site | null): Promise<Clocks> {
  const storeMs = await skewOfStore(ports, signal);
  if (holder === null) return { storeMs, database: null };
  try {
    const skewMs = await skewOfDatabase(ports, holder, signal);
    return { storeMs, database: skewMs === null ? null : { site: holder, skewMs } };
  } catch (error) {
    if (error instanceof PortError) return { storeMs, database: null };
    throw error;
  }
}

function wrongClocks({ storeMs, database }: Clocks, most: number): readonly Refusal[] {
  const wrong = (skewMs: number, whose: string): readonly Refusal[] =>
    Math.abs(skewMs) > most
      ? [{ code: "CLOCK_SKEW", what: `the clock of ${whose} is ${skewMs} ms off this host's` }]
      : [];
  return [
    ...wrong(storeMs, "the third place's store"),
    ...(database === null ? [] : wrong(database.skewMs, `${database.site}'s database`)),
  ];
}

/** A standby shows none, and a dead site's do not matter now: only what a client of today would be refused by. */
async function judgeCertificates(
  { ports, signal }: StepContext,
  holder: Site | null,
): Promise<{
  readonly refusals: readonly Refusal[];
  readonly expiring: readonly string[];
  readonly all: readonly string[];
}> {
  const judged = (await ports.certificates.look(signal)).map((seen) => ({
    what: seen.what,
    ...judgeCertificate(seen, ports.clock.now()),
  }));
  const mine = (what: string): boolean => what === "offsite store" || what.endsWith(` of ${holder}`);
  return {
    refusals: judged
      .filter(({ state, what }) => state === "refused" && mine(what))
      .map(({ words }) => ({ code: "CERTIFICATE_INVALID", what: words })),
    expiring: judged
      .filter(({ state, what }) => state === "expires" || (state === "refused" && !mine(what)))
      .map(({ words }) => words),
    all: judged.map(({ words }) => words),
  };
}

/** A backup older than policy is red even where the restore then works: next time it may be the one that is missing. */
async function judgeAge(
  { ports, signal, finding }: StepContext,
  record: EpochRecord | null,
  { backupAge }: SiteLossOptions,
) {
  if (record === null) return [];
  const sets = await ports.repository.storedSets(record.epoch, signal);
  const what = backupAge === null ? null : tooOld(sets, backupAge, ports.clock.now());
  if (what !== null) finding({ id: "BACKUP_TOO_OLD", what });
  return sets;
}

/**
 * An answer that lives too long is part of every RTO: over the limit nothing that follows could be judged, over
 * half of it a person should know. Before the first `up` the names do not exist, and say nothing.
 */
async function longAnswers(
  { ports, signal, finding }: StepContext,
  { maximumTtlSeconds }: SiteLossOptions,
): Promise<readonly Refusal[]> {
  const refusals: Refusal[] = [];
  for (const server of ports.dns.authoritatives)
    for (const name of ports.dns.names) {
      const { ttlSeconds } = await ports.dns.query(server, name, signal);
      if (ttlSeconds === null) continue;
      const what = `${server.name} lets ${name} be kept for ${ttlSeconds} s, ${maximumTtlSeconds} s are allowed`;
      refusals.push(...when(ttlSeconds > maximumTtlSeconds, what));
      if (ttlSeconds <= maximumTtlSeconds && ttlSeconds > maximumTtlSeconds / 2)
        finding({ id: "TTL_LONG", what });
    }
  return refusals;
}

/** One error for all of them, under the code of the first. */
function refuse(refusals: readonly Refusal[]): void {
  const [first] = refusals;
  if (first === undefined) return;
  throw new UserError(first.code, { what: refusals.map(({ what }) => what).join("; ") });
}

async function silentServers({ ports, signal }: StepContext): Promise<readonly Refusal[]> {
  const silent: Refusal[] = [];
  for (const server of [...ports.dns.authoritatives, ...ports.dns.resolvers]) {
    // Any answer will do, NXDOMAIN too: before the first `up` the names do not exist.
    const { rcode } = await ports.dns.query(server, "offsite.holdfast.test", signal);
    if (rcode === "TIMEOUT")
      silent.push(...when(true, `name server ${server.name} (${server.address}) does not answer`));
  }
  return silent;
}

const when = (wrong: boolean, what: string): readonly Refusal[] =>
  wrong ? [{ code: "PREFLIGHT_REFUSED", what }] : [];
const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`;
