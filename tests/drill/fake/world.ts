import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { z } from "zod";
import type { Role, Site, StackContract } from "../../../contract/stack.ts";
import { createLease, type LeasePurpose } from "../../../drill/lease.ts";
import {
  type BackupSetInfo,
  type CertificateSeen,
  type KubePort,
  type OdooPort,
  PortError,
  type Ports,
  type PulumiPort,
  type PulumiUpResult,
  type StackLock,
  type StewardPhase,
  type StewardStatus,
  type StoredSet,
  type WebPort,
} from "../../../drill/ports.ts";
import { createFakeClock } from "./clock.ts";
import { addresses, offsiteContract, rehearsalContract, siteContract } from "./contracts.ts";
import { createFakeMail, type MailFaults } from "./mail.ts";
import { createFakeProber, type Serving } from "./prober.ts";
import { createFakeStore } from "./store.ts";
import { createFakeWeb, sampleRows } from "./web.ts";

export const startMs = Date.UTC(2026, 0, 5, 9, 0, 0);
export const systemIdentifier = "7400000000000000001";

/** What a test may make go wrong; each is one thing. */
export interface WorldFaults extends MailFaults {
  /** As a user without the lab has it. */
  readonly noSink?: boolean;
  /** The writer's keys can delete a version. */
  readonly lockOff?: boolean;
  readonly upFails?: string;
  readonly stewardError?: string;
  /** dr holds the epoch, and its restore had been refused; the next `up` of dr goes through. */
  readonly halfDone?: boolean;
  /** Its API server is never reached. */
  readonly unreachableSite?: Site;
  /** Draining, its last WAL never arrives. */
  readonly neverDrained?: boolean;
  readonly lostSeconds?: number;
  readonly hole?: boolean;
  readonly dnsRefused?: boolean;
  readonly repositoryDeleted?: boolean;
  readonly backupsDoNothing?: boolean;
  readonly otherSystem?: boolean;
  readonly serveAfterMs?: number;
  readonly segmentMissing?: boolean;
  /** Nothing that is uploaded reaches the third place, but for the run's own document. */
  readonly documentsStay?: boolean;
  /** A row names a file that is nowhere. */
  readonly fileMissing?: boolean;
  /** A row of the last seconds, recovered, whose file was still on its way. */
  readonly fileOnItsWay?: boolean;
  /** What is downloaded is not what was uploaded. */
  readonly documentSpoilt?: boolean;
  /** The key function of that id does not hold at dr. */
  readonly keyFunctionFails?: string;
  /** Its image is wrong, say: not one of its pods is ever ready. */
  readonly serviceMissing?: string;
  /** The clock of the holder's database, beside the operator's. */
  readonly databaseSkewMs?: number;
  readonly storeSkewMs?: number;
  readonly certificates?: readonly CertificateSeen[];
  readonly storedSets?: readonly StoredSet[];
  /** As many as Odoo counts, of 212 in the database. */
  readonly contacts?: number;
  readonly seededPartners?: number;
  /** Users who are sent to dr fail once its share is this high. */
  readonly failsFromShare?: number;
  /** A name server that takes every change and goes on serving the old one. */
  readonly staleServer?: string;
  readonly ttlSeconds?: number;
  /** Of the repository, as dr's secret has it; null: the secret is not there. */
  readonly drPassphrase?: string | null;
  /** Capacity of dr's volume, as the API server says it. */
  readonly drVolume?: string;
  /** Its claim has no volume yet, and asks for so much. */
  readonly drVolumeAsked?: string;
  /** What a rehearsal leaves although its stack is destroyed. */
  readonly leftover?: "namespace" | "volume" | "name" | "state";
  /** What happens to production while a rehearsal runs. */
  readonly meanwhile?:
    | "archived-elsewhere"
    | "fork"
    | "deleted"
    | "canary-row"
    | "document"
    | "outage"
    | "epoch"
    | "weights";
}

const configSchema = z.object({
  config: z.object({
    "holdfast:site": z.object({ role: z.string().optional(), handover: z.number().optional() }),
    "holdfast:traffic": z.object({ share: z.number().optional() }).optional(),
  }),
});

/** When, after the activation's start, each phase begins and things become so. */
const phasesAtMs: readonly (readonly [StewardPhase, number])[] = [
  ["waiting", 1000],
  ["restore", 3000],
  ["replay", 8000],
  ["promote", 11_000],
  ["stanza", 12_000],
  ["roles", 13_000],
  ["neutralise", 14_000],
  ["archive", 16_000],
  ["ready", 17_000],
];
const servicesAtMs = 22_000;
const trafficAtMs = 24_000;
const upEndsAtMs = 26_000;

/** Two sites and a third place as far as the drill can see them, on virtual time. */
/** A database pod that has nothing to say yet. */
const quiet: StewardStatus = {
  site: "dr",
  role: "active",
  epoch: 1,
  phase: "ready",
  error: null,
  phases: [],
  backupSet: null,
  systemIdentifier: null,
  fallbacks: [],
  recoveredLsn: null,
  timeline: null,
  drained: null,
};

export function createFakeWorld(
  faults: WorldFaults = {},
  held: { readonly by: Site; readonly epoch: number } = { by: "primary", epoch: 1 },
) {
  const clock = createFakeClock(startMs);
  const s3 = createFakeStore(clock, faults);
  const calls: string[] = [];
  const roles = new Map<string, Role>();
  const sets = new Map<number, BackupSetInfo[]>();
  let epoch = { epoch: held.epoch, holder: held.by as Site, run: null as string | null };
  let primaryUp = true;
  let halfDone = faults.halfDone === true;
  let lossMs = Number.POSITIVE_INFINITY;
  let activatedMs = Number.POSITIVE_INFINITY;
  let partners = 0;
  let runPartners = 0;
  let missingService = faults.serviceMissing ?? null;
  let workflowPublished = false;
  let purpose: LeasePurpose = "drill";
  let rehearsedMs = Number.POSITIVE_INFINITY;
  let rehearsalStands = false;
  /** Percent of the public name's answers that lead to dr, once a ramp's `up` has said so. */
  const shares: { readonly atMs: number; readonly share: number }[] = [];
  let questions = 0;
  let t0Ms = Number.POSITIVE_INFINITY;
  const segments = 40;

  const sinceActivation = (): number => clock.now() - Math.min(activatedMs, rehearsedMs);
  const isRehearsal = (): boolean => t0Ms !== Number.POSITIVE_INFINITY;
  const promoted = (): boolean => faults.stewardError === undefined && sinceActivation() >= 12_000;
  const canaryUp = (): boolean =>
    (rehearsalStands || faults.leftover === "name") &&
    promoted() &&
    sinceActivation() >= (faults.serveAfterMs ?? trafficAtMs);
  const trafficSwitched = (): boolean =>
    activatedMs !== Number.POSITIVE_INFINITY &&
    !faults.dnsRefused &&
    promoted() &&
    sinceActivation() >= (faults.serveAfterMs ?? trafficAtMs);
  const lostMs = (faults.lostSeconds ?? 20) * 1000;

  const serving = (atMs: number): Serving => {
    const share = shares.findLast((each) => each.atMs <= atMs)?.share;
    if (share !== undefined) {
      const toDr = ((atMs / 1000) * 37) % 100 < share;
      if (!toDr) return { site: "primary", epoch: epochOfLoss };
      return share >= (faults.failsFromShare ?? 101) ? null : { site: "dr", epoch: epochOfLoss };
    }
    if (faults.meanwhile === "outage" && atMs > t0Ms + 10_000 && atMs < t0Ms + 12_000) return null;
    if (atMs < lossMs) return primaryUp ? { site: "primary", epoch: epochOfLoss } : null;
    const switched = atMs - activatedMs >= (faults.serveAfterMs ?? trafficAtMs);
    return switched && !faults.dnsRefused && faults.stewardError === undefined
      ? { site: "dr", epoch: epochOfLoss + 1 }
      : null;
  };
  let epochOfLoss = held.by === "primary" ? held.epoch : held.epoch + 1;
  const { prober, load } = createFakeProber({
    clock,
    serving,
    recoveredUntilMs: (site) =>
      isRehearsal() ? (site === "primary" ? clock.now() : t0Ms - lostMs) : lossMs - lostMs,
    canary: (atMs) =>
      rehearsalStands && atMs - rehearsedMs >= (faults.serveAfterMs ?? trafficAtMs)
        ? { site: "dr", epoch: epochOfLoss }
        : null,
    uploaded: (name) => {
      uploadedNames.push(name);
      if (!faults.documentsStay) s3.put(`odoo/filestore/odoo/${name}`, "document");
    },
    holes: () => new Set(faults.hole ? [2] : []),
  });

  const segment = (number: number): string =>
    `00000001000000000000${number.toString(16).toUpperCase().padStart(4, "0")}`;
  const walObject = (at: number, number: number): string =>
    `epochs/${at}/archive/main/18-1/0000000100000000/${segment(number)}-${"0".repeat(40)}.zst`;
  const archive = (at: number): void => {
    for (let number = 1; number <= segments; number += 1)
      if (!(faults.segmentMissing && number === segments - 3)) s3.put(walObject(at, number), "wal");
    s3.put(`epochs/${at}/backup/main/backup.info`, "info");
  };

  function addSet(at: number, type: BackupSetInfo["type"]): void {
    const list = sets.get(at) ?? [];
    const full = list.find((set) => set.type === "full");
    list.push({
      label: `2026010${list.length + 1}-090000${type === "full" ? "F" : `F_${type}`}`,
      type,
      startedAtMs: clock.now(),
      stoppedAtMs: clock.now(),
      lsnStart: `0/${(0x1000000 * (list.length + 1)).toString(16).toUpperCase()}`,
      lsnStop: "0/9",
      walStart: segment(10),
      walStop: segment(10),
      repositoryBytes: 1e8,
      databaseBytes: 1.6e9,
      error: false,
      references: full === undefined ? [] : [full.label],
    });
    sets.set(at, list);
    archive(at);
  }

  function sql(site: Site, text: string): string {
    if (site === "primary" && !primaryUp) throw new PortError("kube", "connection refused");
    if (site === "dr" && !promoted()) throw new PortError("kube", "no pod");
    if (text.startsWith("create table if not exists holdfast_sample")) return "";
    if (text.includes("from holdfast_sample"))
      return sampleRows.map(({ id, name }) => `${id}\u001f${name}`).join("\n");
    if (text.includes("sum(pg_database_size")) return "1700000000";
    if (text.includes("pg_control_checkpoint")) return "1\u001ff";
    if (text.includes("holdfast-canary-")) return faults.meanwhile === "canary-row" ? "1" : "0";
    if (/from (ir_attachment|holdfast\.heartbeat)$/.test(text)) return "12";
    if (text.endsWith("from res_partner where active")) return "212";
    if (text.includes("pg_database_size")) return "1650000000\u001f11000000";
    if (text.includes("to_regclass")) return "t";
    if (text.includes("pgbench_accounts")) return "11000000";
    if (text.includes("pgbench_branches")) return "110";
    if (text.includes("left(pg_walfile_name"))
      return `${faults.otherSystem ? "1" : systemIdentifier}\u001f00000002`;
    if (text.includes("select system_identifier")) return systemIdentifier;
    if (text.includes("pg_is_in_recovery")) return "f";
    if (text.includes("pg_switch_wal")) return segment(segments);
    if (text.includes("pg_stat_archiver")) return `${segment(segments)}\u001f0`;
    if (text.includes("pg_walfile_name")) return segment(segments);
    if (text.includes("checkpoint")) return "1";
    if (text.includes(".history"))
      return `1\t0/${(segments * 0x1000000 - (faults.segmentMissing ? 0x4000000 : 0)).toString(16).toUpperCase()}\tno recovery target specified`;
    if (text.includes("backup_label.old")) return "START WAL LOCATION: 0/3000000 (file x)";
    if (text.includes("store_fname"))
      return [
        ...(site === "primary" ? uploadedNames : []),
        documentName,
        ...(faults.fileMissing ? ["00/missing"] : []),
      ]
        .map((name) => `${name}\u001f${clock.now() - 3_600_000}`)
        .concat(faults.fileOnItsWay ? [`00/on-its-way\u001f${lossMs - 20_000}`] : [])
        .join("\n");
    if (text.includes("ir_cron")) return "0\u001f0\u001f0\u001ftrue";
    if (text.includes("res_partner")) return runPartners > 0 ? "1" : "0";
    if (text.includes("data_checksums")) return "on\u001f0";
    throw new Error(`the fake database does not know: ${text}`);
  }

  const mail = createFakeMail(clock, faults, () => clock.now() > Math.min(lossMs, t0Ms));
  const uploadedNames: string[] = [];
  let documentName = "";
  let documentText = "";

  function attachment(method: string, args: readonly unknown[]) {
    if (method === "read")
      return [
        {
          datas: faults.documentSpoilt || faults.keyFunctionFails === "document" ? "c3BvaWx0" : documentText,
        },
      ];
    const [values] = z.array(z.array(z.object({ datas: z.string() }))).parse(args);
    documentText = values?.[0]?.datas ?? "";
    const digest = createHash("sha1").update(Buffer.from(documentText, "base64")).digest("hex");
    documentName = `${digest.slice(0, 2)}/${digest}`;
    s3.put(`odoo/filestore/odoo/${documentName}`, "document");
    return [9];
  }

  /** Odoo through a name that leads there; null where the name leads nowhere yet. */
  const webAt = (address: () => string): WebPort =>
    createFakeWeb({
      address,
      fails: faults.keyFunctionFails ?? null,
      missing: () => missingService,
      published: () => workflowPublished,
    });

  function odooAt(address: () => string | null): OdooPort {
    return {
      async login() {
        const at = address();
        if (at === null) throw new PortError("odoo", "the name has no address");
        return {
          uid: 2,
          address: at,
          async execute(model, method, args) {
            if (model === "mail.mail" || model === "ir.mail_server")
              return mail.execute(at === addresses.dr, model, method, args);
            if (method === "search_count" && JSON.stringify(args) === "[[]]") return faults.contacts ?? 212;
            if (method === "search_count")
              return faults.keyFunctionFails === "read" && at === addresses.dr ? partners - 1 : partners;
            if (model === "ir.attachment") return attachment(method, args);
            const rows = z.array(z.array(z.object({ ref: z.string() }))).parse(args)[0] ?? [];
            if (rows[0]?.ref.startsWith("holdfast-run-"))
              runPartners += faults.keyFunctionFails === "write" ? 0 : rows.length;
            else partners += rows.length;
            return rows.map((_, index) => index + 1);
          },
        };
      },
    };
  }

  /** The `up` of a rehearsal's stack, and whatever a test lets happen to production meanwhile. */
  async function rehearse(signal: AbortSignal): Promise<PulumiUpResult> {
    rehearsedMs = clock.now();
    rehearsalStands = true;
    const fork = walObject(epoch.epoch, 41).replaceAll("/0000000100000000", "/0000000200000000");
    await clock.sleep(2000, signal);
    const newer = walObject(epoch.epoch, segments + 1);
    s3.put(newer, "production's own");
    switch (faults.meanwhile) {
      case "archived-elsewhere":
        s3.put(walObject(epoch.epoch + 1, 1), "wal");
        break;
      case "fork":
        s3.put(fork, "wal");
        break;
      case "deleted":
        await s3.delete("holdfast-offsite", walObject(epoch.epoch, 2), null, signal);
        break;
      case "document":
        s3.put("odoo/filestore/odoo/00/nobodys", "document");
        break;
      case "epoch":
        s3.put("fence/primary", "{}");
        break;
      default:
    }
    await clock.sleep(upEndsAtMs - 2000, signal);
    if (faults.stewardError !== undefined) await clock.sleep(3_600_000, signal);
    return faults.upFails === undefined
      ? { ok: true, cancelled: false, error: "", changes: { create: 50 } }
      : { ok: false, cancelled: false, error: faults.upFails, changes: {} };
  }

  function secretOf(site: Site) {
    const passphrase = site === "dr" ? faults.drPassphrase : undefined;
    if (passphrase === null) return null;
    const text = `repo1-cipher-type=aes-256-cbc\nrepo1-cipher-pass=${passphrase ?? "the right one"}\n`;
    return { data: { "archive-offsite.conf": Buffer.from(text).toString("base64") } };
  }

  /** Of dr: of each service that is not ready, as kubelet says it of an image that nobody has. */
  const pods = (): readonly unknown[] =>
    missingService === null
      ? []
      : [
          {
            metadata: { labels: { "app.kubernetes.io/name": missingService } },
            status: {
              containerStatuses: [
                {
                  name: missingService,
                  state: { waiting: { reason: "ErrImagePull", message: "no such host" } },
                },
              ],
            },
          },
        ];
  const volumes = (): readonly unknown[] => [
    { metadata: { name: "dr-01" }, spec: {}, status: { phase: "Available" } },
    {
      metadata: { name: "dr-02" },
      spec: { claimRef: { namespace: "holdfast" } },
      status: { phase: "Bound" },
    },
    ...(rehearsalStands || faults.leftover === "volume"
      ? [
          {
            metadata: { name: "dr-03" },
            spec: { claimRef: { namespace: "holdfast-rehearsal" } },
            status: { phase: rehearsalStands ? "Bound" : "Released" },
          },
        ]
      : []),
  ];

  const kube = (site: Site): KubePort => ({
    site,
    reach: async () =>
      site === faults.unreachableSite || (site === "primary" && !primaryUp)
        ? { reachable: false, detail: "timeout" }
        : { reachable: true, detail: "ok" },
    async exec(_target, command) {
      calls.push(`exec ${site} ${command[0]}`);
      const statement = command.find((part) => part.startsWith("--command="));
      return {
        exitCode: 0,
        stdout: statement === undefined ? "" : `${sql(site, statement.slice(10))}\n`,
        stderr: "",
      };
    },
    get: async (kind, _namespace, name) => {
      if (kind === "v1/Namespace")
        return rehearsalStands || faults.leftover === "namespace" ? { metadata: {} } : null;
      if (kind === "v1/Secret") return secretOf(site);
      if (kind === "v1/PersistentVolumeClaim")
        return faults.drVolumeAsked === undefined
          ? { status: { capacity: { storage: faults.drVolume ?? "50Gi" } } }
          : {
              spec: { resources: { requests: { storage: faults.drVolumeAsked } } },
              status: { phase: "Pending" },
            };
      if (sinceActivation() < servicesAtMs) return null;
      const missing = name === missingService;
      return {
        spec: {
          replicas: 1,
          template: {
            spec: { containers: [{ image: `lab.holdfast.test/${name}:${missing ? "wrong" : "lab"}` }] },
          },
        },
        status: missing
          ? {
              conditions: [
                { type: "Progressing", status: "True" },
                {
                  type: "Available",
                  status: "False",
                  message: "Deployment does not have minimum availability.",
                },
              ],
            }
          : { readyReplicas: 1 },
      };
    },
    list: async (kind) => (kind === "v1/Pod" ? pods() : volumes()),
    apply: async () => undefined,
    delete: async () => undefined,
    async createJobFromCronJob({ cronJob, job }) {
      if (jobs.has(`${site} ${job}`)) return; // 409: as the adapter has it
      jobs.add(`${site} ${job}`);
      calls.push(`job ${site} ${cronJob}`);
      const type = z.enum(["full", "diff", "incr"]).parse(cronJob.split("-").at(-1));
      if (!faults.backupsDoNothing) addSet(epoch.epoch, type);
    },
    jobState: async (_namespace, job) => ({
      state: jobs.has(`${site} ${job}`) ? "succeeded" : "absent",
      detail: "",
    }),
    logs: async () => "log line",
  });

  const stewardStatus = (): StewardStatus | null => {
    if (roles.get("dr") === "draining")
      return {
        ...quiet,
        role: "draining",
        drained: faults.neverDrained === true ? null : "00000002000000000000002A",
      };
    if (isRehearsal() && !rehearsalStands) return null;
    if (epoch.holder === "dr" && activatedMs === Number.POSITIVE_INFINITY)
      return halfDone ? { ...quiet, phase: "restore", error: "cipher" } : quiet;
    const since = sinceActivation();
    const begun = phasesAtMs.filter(
      ([phase, at]) =>
        at <= since && (faults.stewardError === undefined || phase === "waiting" || phase === "restore"),
    );
    const last = begun.at(-1);
    if (last === undefined) return null;
    return {
      ...quiet,
      epoch: epoch.epoch,
      phase: last[0],
      error: last[0] === "restore" ? (faults.stewardError ?? null) : null,
      phases: begun.map(([phase, at], index) => ({
        phase,
        startedAtMs: Math.min(activatedMs, rehearsedMs) + at,
        endedAtMs:
          begun[index + 1] === undefined
            ? null
            : Math.min(activatedMs, rehearsedMs) + (begun[index + 1]?.[1] ?? 0),
      })),
    };
  };

  const contract = (stack: string): StackContract | null => {
    if (stack === "offsite") return offsiteContract;
    if (stack === "rehearsal") return rehearsalStands ? rehearsalContract(epoch.epoch) : null;
    const role = roles.get(stack);
    return role === undefined
      ? null
      : siteContract(stack === "primary" ? "primary" : "dr", role, epoch.epoch);
  };

  /** Of a driver: the first one's number is 1, and a test says which of them live. */
  const leaseOf = (pid: number, living: ReadonlySet<number> = new Set([1])) =>
    createLease({
      s3,
      clock,
      bucket: "holdfast-control",
      run: "r1",
      operator: "tester",
      host: "here",
      pid,
      durationMs: 60_000,
      graceMs: 60_000,
      isAlive: (each) => living.has(each),
      get purpose() {
        return purpose;
      },
    });
  /** Stacks whose lock nobody gave back. */
  const engine = { pid: 77, username: "tester", host: "here", holder: "gone" } as const;
  let updates = 0;
  const locks = new Map<string, StackLock>();
  const jobs = new Set<string>();
  const pending = new Set<string>();

  const up: PulumiPort["up"] = async ({ stack, configFile, signal, onEvent }) => {
    const { config } = configSchema.parse(parse(readFileSync(configFile, "utf8")));
    const site = config["holdfast:site"];
    calls.push(`up ${stack} ${site.role ?? ""} ${site.handover ?? ""}`.trim());
    const share = config["holdfast:traffic"]?.share;
    if (share !== undefined) {
      calls.push(`share ${share}`);
      await prober.tail(1); // so far as it was before
      shares.push({ atMs: clock.now(), share });
      return { ok: true, cancelled: false, error: "", changes: { update: 1 } };
    }
    if (stack === "rehearsal") return rehearse(signal);
    const active = stack === "dr" && site.role === "active";
    if (active && epoch.holder === "dr") halfDone = false;
    else if (active) {
      if (faults.repositoryDeleted) {
        await s3.delete("holdfast-offsite", `epochs/${epoch.epoch}/backup/main/backup.info`, null, signal);
        await clock.sleep(1000, signal);
      }
      activatedMs = clock.now();
      epoch = { epoch: epoch.epoch + 1, holder: "dr", run: "r1" };
    }
    if (stack === "primary" && site.handover !== undefined) {
      epoch = { epoch: epoch.epoch + 1, holder: "primary", run: "r1" };
      epochOfLoss = epoch.epoch;
    }
    onEvent({
      kind: "resource",
      urn: "urn::x::database",
      type: "t",
      operation: "update",
      status: "done",
      message: "",
    });
    await clock.sleep(active ? upEndsAtMs : 5000, signal);
    if (active && faults.stewardError !== undefined) await clock.sleep(3_600_000, signal);
    if (active && faults.upFails !== undefined)
      return { ok: false, cancelled: false, error: faults.upFails, changes: {} };
    if (active && faults.dnsRefused)
      return {
        ok: false,
        cancelled: false,
        error: "the name server refused the change: 401",
        changes: {},
      };
    if (stack !== "offsite")
      roles.set(stack, z.enum(["active", "standby", "draining", "rehearsal"]).parse(site.role));
    return { ok: true, cancelled: false, error: "", changes: { update: 1 } };
  };

  const ports: Ports = {
    clock,
    kube,
    s3:
      faults.storeSkewMs === undefined
        ? s3
        : {
            ...s3,
            clock: async () => ({ atMs: clock.now() + (faults.storeSkewMs ?? 0), roundTripMs: 2 }),
          },
    prober: {
      ...prober,
      async mark(name, detail, signal) {
        const marked = await prober.mark(name, detail, signal);
        if (name === "loss" && detail.includes("rehearsal")) t0Ms = marked.atMs;
        return marked;
      },
    },
    load,
    canary: {
      odoo: odooAt(() => (canaryUp() ? addresses.dr : null)),
      web: webAt(() => addresses.dr),
      contract: rehearsalContract(held.epoch),
    },
    sink: faults.noSink === true ? null : mail.sink,
    lease: leaseOf(1),
    host: {
      facts: async () => ({
        hostname: "here",
        kernel: "6.1",
        cpus: 2,
        cpuModel: "x",
        memoryBytes: 2e10,
        loadAverage1m: 0.1,
        memoryAvailableBytes: 1e10,
        diskAvailableBytes: 1e11,
      }),
      versions: async () => ({ node: "24" }),
      standIns: async () => [],
      gitCommit: async () => ({ commit: "abc", dirty: false }),
    },
    lab: {
      status: async () => ({
        third: { state: "up", unhealthy: [] },
        sites: {
          primary: { state: primaryUp ? "up" : "down", unhealthy: [] },
          dr: { state: "up", unhealthy: [] },
        },
      }),
      ensureThirdPlace: async () => void calls.push("ensure third"),
      ensureSite: async (site) => {
        calls.push(`ensure ${site}`);
        if (site === "primary") primaryUp = true;
      },
      restartSiteFresh: async (site) => {
        calls.push(`fresh ${site}`);
        primaryUp = true;
      },
      killSite: async (site) => {
        calls.push(`kill ${site}`);
        primaryUp = false;
        lossMs = clock.now();
        return { sentAtMs: lossMs, goneAtMs: lossMs + 20 };
      },
      plant: async (plant) => {
        calls.push(`plant ${plant}`);
        if (plant === "n8n-image-broken") missingService = "n8n";
        return { detail: "planted" };
      },
      unplant: async (plant) => {
        calls.push(`unplant ${plant}`);
        missingService = faults.serviceMissing ?? null;
      },
    },
    pg: {
      async query(site, text) {
        if (site === "dr" && !promoted()) throw new PortError("pg", "connection refused");
        if (text.includes("wall_clock"))
          return [{ wall_clock: String(clock.now() + (faults.databaseSkewMs ?? 0)) }];
        return text.includes("pg_is_in_recovery")
          ? [{ recovering: false }]
          : [{ role: "prober", read_only: "off" }];
      },
      knock: async (site) =>
        site === "primary" && !primaryUp
          ? { open: false, detail: "timeout" }
          : { open: true, detail: "open" },
    },
    dns: {
      authoritatives: [
        { name: "ns1", address: "198.18.0.53" },
        { name: "ns2", address: "198.18.0.54" },
      ],
      resolvers: [{ name: "resolver", address: "198.18.0.55" }],
      names: ["erp.holdfast.test", "db.holdfast.test"],
      async query(server, name) {
        const answer = (address: string | null) =>
          address === null
            ? { ok: false, rcode: "NXDOMAIN", addresses: [], ttlSeconds: null }
            : { ok: true, rcode: "NOERROR", addresses: [address], ttlSeconds: faults.ttlSeconds ?? 5 };
        if (name === "rehearsal.holdfast.test") return answer(canaryUp() ? addresses.dr : null);
        const share = server.name === faults.staleServer ? 0 : shares.at(-1)?.share;
        if (share !== undefined) {
          questions += 1;
          return answer((questions * 37) % 100 < share ? addresses.dr : addresses.primary);
        }
        if (server.name === faults.staleServer) return answer(addresses.primary);
        const moved = trafficSwitched() || (faults.meanwhile === "weights" && sinceActivation() >= 0);
        return answer(moved ? addresses.dr : addresses.primary);
      },
    },
    pulumi: {
      committedConfig: async (stack) =>
        `config:\n  holdfast:site:\n    name: ${stack}\n    ${stack === "offsite" ? "" : `role: ${stack === "primary" ? "active" : "standby"}`}\n`,
      async up(args) {
        const { stack, signal } = args;
        if (locks.has(stack))
          return { ok: false, cancelled: false, error: "the stack is locked", changes: {} };
        updates += 1;
        const lock: StackLock = { ...engine, id: `update-${updates}`, takenAtMs: clock.now() };
        locks.set(stack, lock);
        args.onLock?.({ ...lock, holder: "lives" });
        try {
          const result = await up(args);
          locks.delete(stack);
          return result;
        } catch (error) {
          // Killed, it gives nothing back; told to stop, it does.
          if (signal.reason instanceof Killed) pending.add(stack);
          else locks.delete(stack);
          throw error;
        }
      },
      async destroy({ stack, signal }) {
        calls.push(`destroy ${stack}`);
        await clock.sleep(8000, signal);
        rehearsalStands = false;
        return { ok: true, cancelled: false, error: "", changes: { delete: 50 } };
      },
      resources: async (stack) =>
        stack === "rehearsal" && !rehearsalStands && faults.leftover !== "state" ? null : 50,
      preview: async () => ({ ok: true, cancelled: false, error: "", changes: {} }),
      outputs: async (stack) => contract(stack),
      locks: async (stack) => {
        const lock = locks.get(stack);
        return lock === undefined ? [] : [lock];
      },
      cancelLocks: async (stack) => {
        if (locks.delete(stack)) calls.push(`cancel ${stack}`);
      },
      clearPending: async ({ stack }) => {
        if (locks.has(stack)) throw new Error("the stack is locked");
        if (!pending.delete(stack)) return [];
        calls.push(`clear ${stack}`);
        return ["creating database"];
      },
    },
    web: webAt(() => (trafficSwitched() ? addresses.dr : addresses.primary)),
    workflows: {
      publish: async ({ name, host }) => {
        calls.push(`publish ${name} at ${host}`);
        workflowPublished = true;
      },
    },
    odoo: odooAt(() => (trafficSwitched() ? addresses.dr : addresses.primary)),
    epoch: { bucket: "holdfast-control", read: async () => epoch },
    repository: {
      async info({ epoch: at }) {
        return {
          status: { code: 0, message: "ok" },
          systemIdentifier,
          sets: [...(sets.get(at) ?? [])],
          archive: { min: segment(1), max: segment(segments) },
        };
      },
      newestSegment: async () => ({ segment: segment(segments), storedAtMs: clock.now() }),
      storedSets: async () => faults.storedSets ?? [],
    },
    certificates: { look: async () => faults.certificates ?? [] },
    steward: { status: async (site) => (site === "dr" ? stewardStatus() : null) },
  };
  /** Production as a rehearsal finds it: deployed, backed up, archived. */
  function inProduction(): void {
    purpose = "rehearsal";
    roles.set("primary", "active").set("dr", "standby");
    partners = faults.seededPartners ?? 200;
    addSet(epoch.epoch, "full");
    addSet(epoch.epoch, "diff");
    addSet(epoch.epoch, "incr");
  }
  return {
    ports,
    calls,
    clock,
    s3,
    mail,
    leaseOf,
    inProduction,
    /** Where things are now, for a test that wants to know what a run left. */
    now: () => ({ roles: Object.fromEntries(roles), epoch, primaryUp, locks: [...locks.keys()] }),
    /** Somebody's `pulumi up` beside the run, which lives or not. */
    lockedBy: (stack: string, lock: Partial<StackLock>): void => {
      locks.set(stack, { ...engine, id: "theirs", takenAtMs: clock.now(), ...lock });
    },
  };
}

/** Reason of an abort that is no request: the process is gone. */
export class Killed extends Error {}

export type FakeWorld = ReturnType<typeof createFakeWorld>;
