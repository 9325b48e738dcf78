import type { Floor } from "../contract/floor.ts";
import type { LedgerEntry, Present } from "../contract/ledger.ts";
import type { Role, Site, StackContract } from "../contract/stack.ts";

/**
 * What the drill needs from the world, as interfaces. `drill/adapters` does it for
 * real; tests give fakes. Rules for every implementation:
 *
 * - A method resolves with what it saw, and rejects only when it could not look:
 *   a lost connection (`PortError`), a thing the user must mend (`UserError`), or
 *   an abort of `signal` (the signal's reason). "The server refused" is a value.
 * - Times are milliseconds; wall times are since the Unix epoch.
 * - Nothing waits for a state: `until()` polls, with the drill's clock.
 */

/** The thing behind a port could not be reached, or answered nonsense. Expected while a site is dead. */
export class PortError extends Error {
  readonly port: string;
  constructor(port: string, what: string, options: { readonly cause?: unknown } = {}) {
    super(`${port}: ${what}`, options);
    this.name = "PortError";
    this.port = port;
  }
}

export interface Ports {
  readonly clock: Clock;
  readonly host: HostPort;
  readonly lab: LabPort;
  readonly kube: (site: Site) => KubePort;
  readonly pg: PgPort;
  readonly s3: S3Port;
  readonly dns: DnsPort;
  readonly pulumi: PulumiPort;
  readonly prober: ProberPort;
  readonly load: LoadPort;
  readonly odoo: OdooPort;
  readonly web: WebPort;
  readonly workflows: WorkflowPort;
  readonly epoch: EpochPort;
  readonly lease: LeasePort;
  readonly repository: RepositoryPort;
  readonly steward: StewardPort;
  readonly certificates: CertificatePort;
  /** Not everywhere: it takes a pod of its own at the site. */
  readonly floor?: FloorPort;
  /** Null where nothing takes the mail of drills: then nothing is proved of it, and nothing asked. */
  readonly sink: SinkPort | null;
  /** Null but in a rehearsal, where `dr` is the copy's namespace and ports in all of the others. */
  readonly canary: CanaryPort | null;
}

/** What is only known of a rehearsal: its way in, and its stack's contract before there is one to read. */
export interface CanaryPort {
  /** Odoo through the rehearsal's own name. */
  readonly odoo: OdooPort;
  /** At the rehearsal's own port. */
  readonly web: WebPort;
  /** As planned: an `up` gives its outputs only when it ends. */
  readonly contract: StackContract;
}

export interface SunkMessage {
  /** The sink's own. */
  readonly id: string;
  readonly subject: string;
  /** Address of whoever brought it, as the sink saw it. */
  readonly from: string;
  readonly atMs: number;
}

/** A mail server that takes every message and passes none on, outside both sites. */
export interface SinkPort {
  /** As the sites' applications reach it. */
  readonly smtp: { readonly host: string; readonly port: number };
  /** Messages that it holds whose subject contains that text, oldest first. */
  messages(subject: string, signal: AbortSignal): Promise<readonly SunkMessage[]>;
}

/** Bare commands beside the product's own, on the site's node with the database's limits. */
export interface FloorPort {
  /** Leaves nothing behind but a namespace on its way out. Slow: each round restores the set twice. */
  measure(
    args: {
      readonly site: Site;
      /** Whose path holds the set and its WAL. */
      readonly epoch: number;
      readonly set: string;
      readonly rounds: number;
    },
    say: (line: string) => void,
    signal: AbortSignal,
  ): Promise<{ readonly samples: Floor["samples"]; readonly coldCaches: boolean }>;
}

export interface Clock {
  /** Wall clock. */
  now(): number;
  /** Never goes back; its zero means nothing. */
  monotonic(): number;
  /** Rejects with the signal's reason when aborted. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

export interface HostFacts {
  readonly hostname: string;
  readonly kernel: string;
  readonly cpus: number;
  readonly cpuModel: string;
  readonly memoryBytes: number;
  readonly loadAverage1m: number;
  readonly memoryAvailableBytes: number;
  readonly diskAvailableBytes: number;
}

export interface HostPort {
  facts(): Promise<HostFacts>;
  /** holdfast, node, pulumi, each plugin, kubernetes, postgres, pgbackrest, odoo, ... as far as they can be read. */
  versions(): Promise<Readonly<Record<string, string>>>;
  /** Names of stand-in plugins and hosts in use (rule 21), for the verdict. */
  standIns(): Promise<readonly string[]>;
  gitCommit(): Promise<{ readonly commit: string | null; readonly dirty: boolean }>;
}

export interface SiteState {
  readonly state: "up" | "down" | "absent";
  /** Each part that is not as it should be, in words. */
  readonly unhealthy: readonly string[];
}

export interface LabStatus {
  readonly third: SiteState;
  readonly sites: Readonly<Record<Site, SiteState>>;
}

/** Named damage for the opposite cases: each must turn the verdict red with its cause named. */
export const plants = [
  "offsite-deleted",
  "wrong-cipher",
  "dns-refused",
  "wal-removed",
  "site-store-blackholed",
  "n8n-image-broken",
] as const;
export type Plant = (typeof plants)[number];

export interface LabPort {
  status(): Promise<LabStatus>;
  /** Third place only; idempotent. Resolves when its parts answer. */
  ensureThirdPlace(signal: AbortSignal): Promise<void>;
  /** Idempotent: a site that is up is left alone; one that is down comes back with its disk. */
  ensureSite(site: Site, signal: AbortSignal): Promise<void>;
  /** A site with empty disks: no cluster objects, no volumes. Stops it first if it runs. */
  restartSiteFresh(site: Site, signal: AbortSignal): Promise<void>;
  /** The loss: SIGKILL to the site's first process. Resolves when that process is gone, with the wall time just before the signal was sent. */
  killSite(site: Site): Promise<{ readonly sentAtMs: number; readonly goneAtMs: number }>;
  plant(plant: Plant, signal: AbortSignal): Promise<{ readonly detail: string }>;
  /** Undoes what `plant` did where it can be undone; says nothing when there is nothing. */
  unplant(plant: Plant, signal: AbortSignal): Promise<void>;
}

export interface ExecTarget {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
}

export interface ExecResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface KubePort {
  readonly site: Site;
  /** Asks /readyz with a short timeout of its own (2 s). Never rejects. */
  reach(signal: AbortSignal): Promise<{ readonly reachable: boolean; readonly detail: string }>;
  exec(
    target: ExecTarget,
    command: readonly string[],
    options: { readonly signal: AbortSignal; readonly stdin?: string },
  ): Promise<ExecResult>;
  /** The object as JSON, or null when there is none. `kind` as "apps/v1/Deployment" or "v1/Pod". */
  get(kind: string, namespace: string, name: string, signal: AbortSignal): Promise<unknown>;
  /** Every object of that kind; of all namespaces when `namespace` is empty. */
  list(kind: string, namespace: string, signal: AbortSignal): Promise<readonly unknown[]>;
  apply(manifest: Readonly<Record<string, unknown>>, signal: AbortSignal): Promise<void>;
  delete(kind: string, namespace: string, name: string, signal: AbortSignal): Promise<void>;
  /** Works on a suspended CronJob too. The job carries the label holdfast.dev/run. */
  createJobFromCronJob(
    args: {
      readonly namespace: string;
      readonly cronJob: string;
      readonly job: string;
      readonly run: string;
    },
    signal: AbortSignal,
  ): Promise<void>;
  jobState(namespace: string, job: string, signal: AbortSignal): Promise<JobState>;
  /** The last `lines` lines of a pod, or of a job's newest pod. */
  logs(
    of: {
      readonly namespace: string;
      readonly pod?: string;
      readonly job?: string;
      readonly container?: string;
    },
    lines: number,
    signal: AbortSignal,
  ): Promise<string>;
}

export interface JobState {
  readonly state: "absent" | "running" | "succeeded" | "failed";
  readonly detail: string;
}

export type SqlRow = Readonly<Record<string, string | number | boolean | null>>;

export interface PgPort {
  /**
   * One statement at the site's own address (node port 5432, TLS verified), as the
   * prober's role, on a fresh connection with a connect timeout of 3 s.
   */
  query(
    site: Site,
    sql: string,
    params: readonly (string | number)[],
    signal: AbortSignal,
  ): Promise<readonly SqlRow[]>;
  /** Is anything accepting TCP connections on the site's port (database 5432, gateway 443)? Never rejects; timeout 2 s. */
  knock(
    site: Site,
    service: "database" | "gateway",
    signal: AbortSignal,
  ): Promise<{ readonly open: boolean; readonly detail: string }>;
}

export interface S3Object {
  readonly key: string;
  readonly size: number;
  readonly lastModifiedMs: number;
}

export interface S3Version extends S3Object {
  readonly versionId: string;
  readonly isLatest: boolean;
  readonly isDeleteMarker: boolean;
}

/** One thing that shortens a version's life, and what the store answered. */
export interface LockAttempt {
  readonly what: string;
  /** AccessDenied. Anything else, an error of another kind too, is no refusal. */
  readonly refused: boolean;
  readonly answer: string;
}

export type PutCondition = { readonly ifNoneMatch: "*" } | { readonly ifMatch: string };

/** The offsite store, from the operator's place. `bucket` is one of the stack files' names; the adapter picks the identity. */
export interface S3Port {
  getText(
    bucket: string,
    key: string,
    signal: AbortSignal,
  ): Promise<{ readonly text: string; readonly etag: string } | null>;
  /** 412 and 409 are `written: false`. */
  putText(
    bucket: string,
    key: string,
    text: string,
    condition: PutCondition,
    signal: AbortSignal,
  ): Promise<{ readonly written: true; readonly etag: string } | { readonly written: false }>;
  delete(bucket: string, key: string, condition: PutCondition | null, signal: AbortSignal): Promise<void>;
  /** Current objects, all pages. */
  list(bucket: string, prefix: string, signal: AbortSignal): Promise<readonly S3Object[]>;
  /** All versions and delete markers, all pages. */
  listVersions(bucket: string, prefix: string, signal: AbortSignal): Promise<readonly S3Version[]>;
  /** Writes `key` with the writer's keys and tries to shorten that version's life with them. */
  tryToShorten(bucket: string, key: string, signal: AbortSignal): Promise<readonly LockAttempt[]>;
  /** The store's own clock (Date header), for the comparison of clocks. */
  clock(signal: AbortSignal): Promise<{ readonly atMs: number; readonly roundTripMs: number }>;
}

export interface DnsServer {
  readonly name: string;
  readonly address: string;
}

export interface DnsAnswer {
  readonly ok: boolean;
  /** NOERROR, NXDOMAIN, REFUSED, SERVFAIL, TIMEOUT, ... */
  readonly rcode: string;
  readonly addresses: readonly string[];
  readonly ttlSeconds: number | null;
}

export interface DnsPort {
  readonly authoritatives: readonly DnsServer[];
  readonly resolvers: readonly DnsServer[];
  /** By which people and applications reach the business. */
  readonly names: readonly string[];
  /** One A query, one answer; a timeout (2 s) is `ok: false` with rcode TIMEOUT. */
  query(server: DnsServer, name: string, signal: AbortSignal): Promise<DnsAnswer>;
}

export interface PulumiEvent {
  readonly kind: "resource" | "diagnostic" | "summary";
  readonly urn: string | null;
  readonly type: string | null;
  readonly operation: string | null;
  /** started, done, failed */
  readonly status: "started" | "done" | "failed" | "info" | "warning" | "error";
  readonly message: string;
}

export interface PulumiUpResult {
  readonly ok: boolean;
  /** True when it ended because `signal` aborted it. */
  readonly cancelled: boolean;
  /** The signal that ended the engine, if somebody else sent it one: its lock and pending operations are left behind. */
  readonly killedBy?: string | null;
  /** The engine's last error lines, for people; empty when ok. */
  readonly error: string;
  readonly changes: Readonly<Record<string, number>>;
}

/** A lock of an update on a stack's state, as the state's own bucket says. */
export interface StackLock {
  /** No two updates have the same. */
  readonly id: string;
  readonly pid: number;
  readonly username: string;
  readonly host: string;
  readonly takenAtMs: number;
  /** Its process: on this host, there or not; another host's cannot be asked. */
  readonly holder: "lives" | "gone" | "elsewhere";
}

export interface PulumiPort {
  /** Text of the committed Pulumi.<stack>.yaml. */
  committedConfig(stack: string): Promise<string>;
  /** `configFile` is the run's copy; the committed file is never written (rule 26). A failed `up` is a value. */
  up(args: {
    readonly stack: string;
    readonly configFile: string;
    readonly message: string;
    /** Refresh first: for a site that came back fresh, whose objects are gone while state still lists them. Never for an unreachable one. */
    readonly refresh: boolean;
    readonly onEvent: (event: PulumiEvent) => void;
    /** Told once of the lock that this `up` holds, where it can be read. */
    readonly onLock?: (lock: StackLock) => void;
    readonly signal: AbortSignal;
  }): Promise<PulumiUpResult>;
  preview(args: {
    readonly stack: string;
    readonly configFile: string;
    readonly signal: AbortSignal;
  }): Promise<PulumiUpResult>;
  /** `pulumi destroy`, and the stack's own removal; the stack file stays. No stack is fine. A failure is a value. */
  destroy(args: {
    readonly stack: string;
    readonly message: string;
    readonly onEvent: (event: PulumiEvent) => void;
    readonly onLock?: (lock: StackLock) => void;
    readonly signal: AbortSignal;
  }): Promise<PulumiUpResult>;
  /** How many resources its state has; null when there is no such stack. */
  resources(stack: string, signal: AbortSignal): Promise<number | null>;
  /** The stack's output `contract`, parsed; null before the first `up`. */
  outputs(stack: string, signal: AbortSignal): Promise<StackContract | null>;
  /** Read, not taken; none for a stack that is not there. */
  locks(stack: string, signal: AbortSignal): Promise<readonly StackLock[]>;
  /** `pulumi cancel`: every lock of the stack. Only `drill/stack-lock.ts` decides that (rule 25). */
  cancelLocks(stack: string, signal: AbortSignal): Promise<void>;
  /**
   * What a killed `up` left half done in the stack's state, by name; where there is any, the state is refreshed with
   * pending creates cleared. Only for a stack whose site answers.
   */
  clearPending(args: {
    readonly stack: string;
    readonly configFile: string;
    readonly signal: AbortSignal;
  }): Promise<readonly string[]>;
}

export interface ProberPort {
  /** Starts it in the third place for this run, with a new ledger. Idempotent for the same run id. */
  start(
    args: { readonly run: string; readonly heartbeatsPerSecond: number },
    signal: AbortSignal,
  ): Promise<void>;
  /** Ends it; the ledger gets its `stop` line. Nothing to stop is fine. */
  stop(signal: AbortSignal): Promise<void>;
  running(): Promise<boolean>;
  /** Writes a `mark` line on the prober's clock and resolves, when it is on disk, with its time. */
  mark(name: string, detail: string, signal: AbortSignal): Promise<{ readonly atMs: number }>;
  /** Whether the user of the rehearsal's own name tries. Nothing to stop is fine. */
  canary(on: boolean, signal: AbortSignal): Promise<void>;
  readonly ledgerPath: string;
  /** The newest `count` entries, oldest first. */
  tail(count: number): Promise<readonly LedgerEntry[]>;
  /** All of it, byte for byte: the judge checks the chain. */
  readLedger(): Promise<string>;
  /** Present numbers of that epoch read from the site's database, a Present for each writer. */
  present(site: Site, epoch: number, signal: AbortSignal): Promise<readonly Present[]>;
}

/** The write load: rows of writer "load", acknowledged in the prober's ledger. */
export interface LoadPort {
  start(args: { readonly run: string; readonly rowsPerSecond: number }, signal: AbortSignal): Promise<void>;
  stop(signal: AbortSignal): Promise<void>;
  running(): Promise<boolean>;
}

export type OdooValue =
  | string
  | number
  | boolean
  | null
  | readonly OdooValue[]
  | { readonly [key: string]: OdooValue };

/** Odoo's JSON-RPC through the public name, resolved anew for each call (never the host's resolver). */
export interface OdooPort {
  login(signal: AbortSignal): Promise<OdooSession>;
}

export interface OdooSession {
  readonly uid: number;
  /** Address that the name resolved to, and that answered. */
  readonly address: string;
  execute(model: string, method: string, args: readonly OdooValue[], signal: AbortSignal): Promise<OdooValue>;
}

export interface WebRequest {
  /** Name that the certificate has to be for, and of the Host header. */
  readonly host: string;
  /** Name whose address is asked, resolved anew for each request. */
  readonly through: string;
  readonly method: "GET" | "HEAD" | "POST" | "PATCH";
  /** With its query. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** In the Host header, where it is not `host`. */
  readonly hostHeader?: string;
  /** Service whose user signs the request; the adapter has the password. */
  readonly signIn?: string;
  /** The answer goes on and on: it is read until this text has come. */
  readonly until?: string;
}

export interface WebAnswer {
  /** That answered. */
  readonly address: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** NAME=VALUE of each that was set. */
  readonly cookies: readonly string[];
  readonly body: string;
  /** As the server showed it, and as it was checked: an unknown issuer or another name is no answer at all. */
  readonly certificate: {
    readonly subject: string;
    readonly issuer: string;
    readonly validTo: string;
    readonly names: string;
  };
}

/** HTTPS through the gateway, by names of the business. Any status is an answer. */
export interface WebPort {
  request(asked: WebRequest, signal: AbortSignal): Promise<WebAnswer>;
}

export interface WorkflowToPublish {
  readonly host: string;
  readonly through: string;
  readonly name: string;
  /** Path below /webhook/. */
  readonly webhook: string;
  /** What it answers with, read with a credential that n8n keeps encrypted. */
  readonly query: string;
}

/** Makes what a drill will ask of n8n after the loss, as its owner. */
export interface WorkflowPort {
  publish(wanted: WorkflowToPublish, signal: AbortSignal): Promise<void>;
}

export interface EpochRecord {
  readonly epoch: number;
  readonly holder: Site;
  readonly run: string | null;
}

export interface EpochPort {
  /** Where epoch, fences and lease lie. */
  readonly bucket: string;
  /** The epoch object in the third place; null when no term was ever taken. */
  read(signal: AbortSignal): Promise<EpochRecord | null>;
}

export interface LeaseHolder {
  readonly run: string;
  readonly operator: string;
  readonly host: string;
  readonly pid: number;
  readonly expiresAtMs: number;
  readonly purpose?: "rehearsal" | "drill" | "emergency";
}

/** drill/lease.ts implements it over S3Port; adapters need not. */
export interface LeasePort {
  acquire(
    signal: AbortSignal,
  ): Promise<{ readonly acquired: true } | { readonly acquired: false; readonly holder: LeaseHolder }>;
  renew(signal: AbortSignal): Promise<{ readonly renewed: boolean }>;
  release(signal: AbortSignal): Promise<void>;
}

export interface BackupSetInfo {
  readonly label: string;
  readonly type: "full" | "diff" | "incr";
  readonly startedAtMs: number;
  readonly stoppedAtMs: number;
  readonly lsnStart: string;
  readonly lsnStop: string;
  readonly walStart: string;
  readonly walStop: string;
  readonly repositoryBytes: number;
  readonly databaseBytes: number;
  readonly error: boolean;
  /** Labels that it depends on. */
  readonly references: readonly string[];
}

export interface RepositoryInfo {
  /** pgBackRest's status code and message: 0 "ok", 1 "missing stanza path", 2 "no valid backups", ... */
  readonly status: { readonly code: number; readonly message: string };
  readonly systemIdentifier: string | null;
  readonly sets: readonly BackupSetInfo[];
  readonly archive: { readonly min: string | null; readonly max: string | null };
}

export interface RepositoryPort {
  /** `pgbackrest info --output=json` by exec in the database pod of `via`, for the path of `epoch`. */
  info(
    args: { readonly repository: "offsite" | "site"; readonly epoch: number; readonly via: Site },
    signal: AbortSignal,
  ): Promise<RepositoryInfo>;
  /**
   * Newest WAL segment of the epoch in the offsite bucket, by listing names: needs neither site.
   * With `storedByMs`, of those that were stored by then.
   */
  newestSegment(
    epoch: number,
    signal: AbortSignal,
    storedByMs?: number,
  ): Promise<{ readonly segment: string; readonly storedAtMs: number } | null>;
  /** The epoch's sets in the offsite bucket, by listing names: needs neither site. Oldest first. */
  storedSets(epoch: number, signal: AbortSignal): Promise<readonly StoredSet[]>;
}

/** A backup set as its manifest's name tells, written when the set was whole. */
export interface StoredSet {
  readonly label: string;
  readonly type: BackupSetInfo["type"];
  readonly storedAtMs: number;
}

export interface CertificateSeen {
  /** Whose, in words. */
  readonly what: string;
  /** False where no TLS connection could be made at all. */
  readonly reached: boolean;
  readonly validToMs: number | null;
  /** Why a client that checks name, issuer and dates refuses it; null when it does not. */
  readonly problem: string | null;
}

export interface CertificatePort {
  /** What the offsite store and each site's database and gateway show. Rejects only when aborted. */
  look(signal: AbortSignal): Promise<readonly CertificateSeen[]>;
}

/** What a step of the promotion inside the pod is called in its status file. */
export const stewardPhases = [
  "waiting",
  "restore",
  "replay",
  "promote",
  "stanza",
  "roles",
  "neutralise",
  "archive",
  "ready",
] as const;
export type StewardPhase = (typeof stewardPhases)[number];

export interface StewardStatus {
  readonly site: Site;
  readonly role: Role;
  readonly epoch: number;
  readonly phase: StewardPhase;
  /** Set when it stands still because of an error; pgBackRest's or PostgreSQL's own words. */
  readonly error: string | null;
  readonly phases: readonly {
    readonly phase: StewardPhase;
    readonly startedAtMs: number;
    readonly endedAtMs: number | null;
  }[];
  /** When the last byte of the set was there; not said by pods of an older version. */
  readonly restoredAtMs?: number | null;
  readonly backupSet: string | null;
  /** Sets that were tried before it and found damaged, with pgBackRest's words. */
  readonly fallbacks: readonly { readonly set: string; readonly reason: string }[];
  readonly systemIdentifier: string | null;
  readonly recoveredLsn: string | null;
  readonly timeline: number | null;
  /** Draining: the last WAL segment, once it is in the offsite repository; null until then. */
  readonly drained: string | null;
}

export interface StewardPort {
  /** What the database pod says of itself; null while there is no pod, no container or no file. Explains, never decides. */
  status(site: Site, signal: AbortSignal): Promise<StewardStatus | null>;
}
