import { collectStatus } from "../../cli/status/collect.ts";
import type { Site } from "../../contract/stack.ts";
import type { ObservingPorts, Places } from "../../drill/adapters/index.ts";
import type { KubePort } from "../../drill/ports/cluster.ts";
import type { CertificateSeen } from "../../drill/ports/names.ts";
import { PortError } from "../../drill/ports/port-error.ts";
import type { RepositoryInfo } from "../../drill/ports/repository.ts";
import type { StewardStatus } from "../../drill/ports/steward.ts";

export const nowMs = Date.UTC(2026, 10, 25, 1, 0, 0);

export const steward = (site: Site, role: StewardStatus["role"], epoch: number): StewardStatus => ({
  site,
  role,
  epoch,
  phase: "ready",
  error: null,
  phases: [],
  backupSet: null,
  fallbacks: [],
  systemIdentifier: null,
  recoveredLsn: null,
  timeline: 1,
  drained: null,
});

export const chain: RepositoryInfo = {
  status: { code: 0, message: "ok" },
  systemIdentifier: "1",
  sets: [
    {
      label: "20261125-004214F",
      type: "full",
      startedAtMs: nowMs - 70_000,
      stoppedAtMs: nowMs - 60_000,
      lsnStart: "0/1",
      lsnStop: "0/2",
      walStart: "",
      walStop: "",
      repositoryBytes: 1,
      databaseBytes: 1,
      error: false,
      references: [],
    },
  ],
  archive: { min: "000000010000000000000001", max: "000000010000000000000029" },
};

export interface World {
  /** What pg_stat_archiver says of a failure. */
  readonly archiver: Readonly<Record<string, string>>;
  readonly dead: Set<Site>;
  active: Site;
  epochError: string | null;
  ready: boolean;
  names: string;
  info: RepositoryInfo;
  storeSkewMs: number;
  databaseSkewMs: number;
  certificates: readonly CertificateSeen[];
  standbyDeployed: boolean;
  standbyPassphrase: string | null;
  standbyVolume: string;
}

export function world(changes: Partial<World> = {}): World {
  return {
    dead: new Set(),
    active: "primary",
    epochError: null,
    ready: true,
    names: "198.18.0.11",
    info: chain,
    storeSkewMs: 0,
    databaseSkewMs: 0,
    certificates: [],
    archiver: {},
    standbyDeployed: true,
    standbyPassphrase: "the right one",
    standbyVolume: "20Gi",
    ...changes,
  };
}

export function portsOf(state: World): ObservingPorts {
  const lost = (site: Site): PortError => new PortError(`kube ${site}`, "connect EHOSTUNREACH");
  const kube = (site: Site): KubePort =>
    ({
      site,
      reach: async () =>
        state.dead.has(site)
          ? { reachable: false, detail: "connect EHOSTUNREACH" }
          : { reachable: true, detail: "ready" },
      get: async (kind: string) => {
        if (state.dead.has(site)) throw lost(site);
        if (kind === "apps/v1/StatefulSet") return site === state.active || state.standbyDeployed ? {} : null;
        if (kind === "v1/Secret") {
          const passphrase = site === state.active ? "the right one" : state.standbyPassphrase;
          if (passphrase === "forbidden") throw new PortError(`kube ${site}`, "403 secrets is forbidden");
          const config = Buffer.from(`repo1-cipher-pass=${passphrase}\n`).toString("base64");
          return passphrase === null ? null : { data: { "archive-offsite.conf": config } };
        }
        if (kind === "v1/PersistentVolumeClaim")
          return { status: { capacity: { storage: state.standbyVolume } } };
        if (site !== state.active) return null;
        return {
          status: {
            phase: "Running",
            conditions: [
              {
                type: "Ready",
                status: state.ready ? "True" : "False",
                message: "containers with unready status: [postgres]",
              },
            ],
          },
        };
      },
    }) as unknown as KubePort;
  return {
    clock: { now: () => nowMs, monotonic: () => 0, sleep: async () => undefined },
    kube,
    pg: {
      query: async (site, sql) => {
        if (state.dead.has(site) || site !== state.active)
          throw new PortError(`database ${site}`, "connect ECONNREFUSED");
        if (sql.includes("wall_clock")) return [{ wall_clock: String(nowMs + state.databaseSkewMs) }];
        return [{ lsn: "0/2A000F40", heartbeat: String(nowMs - 100), ...state.archiver }];
      },
      knock: async () => ({ open: false, detail: "" }),
    },
    s3: {
      getText: async () => null,
      clock: async () => ({ atMs: nowMs + state.storeSkewMs, roundTripMs: 2 }),
    } as unknown as ObservingPorts["s3"],
    dns: {
      authoritatives: [{ name: "ns1.holdfast.test", address: "198.18.0.53" }],
      resolvers: [],
      names: ["erp.holdfast.test", "db.holdfast.test"],
      query: async () => ({ ok: true, rcode: "NOERROR", addresses: [state.names], ttlSeconds: 5 }),
    },
    epoch: {
      bucket: "holdfast-control",
      read: async () => {
        if (state.epochError !== null) throw new PortError("offsite store", state.epochError);
        return { epoch: 1, holder: state.active, run: null };
      },
    },
    repository: {
      info: async ({ via }) => {
        if (state.dead.has(via)) throw lost(via);
        return state.info;
      },
      newestSegment: async () => ({ segment: "000000010000000000000029", storedAtMs: nowMs - 20_100 }),
      storedSets: async () => [],
    },
    certificates: { look: async () => state.certificates },
    steward: {
      status: async (site) =>
        state.dead.has(site) || site !== state.active ? null : steward(site, "active", 1),
    },
  };
}

const sitePlace = (site: Site, address: string) => ({
  site,
  address,
  namespace: "holdfast",
  context: site,
  pod: { pod: "database-0" },
});
export const places = {
  sites: { primary: sitePlace("primary", "198.18.0.11"), dr: sitePlace("dr", "198.18.0.12") },
  offsite: { controlBucket: "holdfast-control" },
  backupAge: { newestSeconds: 3600, fullSeconds: 90_000 },
  publicName: "erp.holdfast.test",
  databaseName: "db.holdfast.test",
} as unknown as Places;

export const take = (state: World) => collectStatus(portsOf(state), places);
