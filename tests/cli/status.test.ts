// `holdfast status` on ports that answer, refuse or stay silent; what the real ones say is in tests/lab.
import { describe, expect, it } from "vitest";
import { collectStatus } from "../../cli/status/collect.ts";
import { archiveLagBytes, lsnToBytes, segmentEnd } from "../../cli/status/lsn.ts";
import { duration, renderStatusReport } from "../../cli/status/render.ts";
import { standbyLine, standbyStatus } from "../../cli/status/standby.ts";
import type { Site } from "../../contract/stack.ts";
import type { ObservingPorts, Places } from "../../drill/adapters/index.ts";
import type { KubePort } from "../../drill/ports/cluster.ts";
import type { CertificateSeen } from "../../drill/ports/names.ts";
import { PortError } from "../../drill/ports/port-error.ts";
import type { RepositoryInfo } from "../../drill/ports/repository.ts";
import type { StewardStatus } from "../../drill/ports/steward.ts";

const nowMs = Date.UTC(2026, 10, 25, 1, 0, 0);

describe("positions", () => {
  it.each([
    ["0/0", 0n],
    ["0/2A000F40", 0x2a000f40n],
    ["1/0", 0x1_0000_0000n],
  ])("%s is a byte number", (lsn, bytes) => {
    expect(lsnToBytes(lsn)).toBe(bytes);
  });

  it("a segment reaches to the next one's first byte, over the end of a log file too", () => {
    expect(segmentEnd("000000010000000000000001")).toBe(0x2000000n);
    expect(segmentEnd("0000000200000001000000FF")).toBe(0x2_0000_0000n);
  });

  it("the lag is never negative: the archive has the switched segment whole", () => {
    expect(archiveLagBytes("0/2A000F40", "000000020000000000000029")).toBe(0xf40);
    expect(archiveLagBytes("0/2A000000", "00000002000000000000002A")).toBe(0);
  });

  it("refuses what is neither", () => {
    expect(() => lsnToBytes("2A000F40")).toThrow("not an LSN");
    expect(() => segmentEnd("00000002.history")).toThrow("not a WAL segment");
  });
});

const steward = (site: Site, role: StewardStatus["role"], epoch: number): StewardStatus => ({
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

const chain: RepositoryInfo = {
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

interface World {
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

function world(changes: Partial<World> = {}): World {
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

function portsOf(state: World): ObservingPorts {
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
const places = {
  sites: { primary: sitePlace("primary", "198.18.0.11"), dr: sitePlace("dr", "198.18.0.12") },
  offsite: { controlBucket: "holdfast-control" },
  backupAge: { newestSeconds: 3600, fullSeconds: 90_000 },
  publicName: "erp.holdfast.test",
  databaseName: "db.holdfast.test",
} as unknown as Places;

const take = (state: World) => collectStatus(portsOf(state), places);

describe("collectStatus", () => {
  it("finds nothing wrong where nothing is", async () => {
    const report = await take(world());
    expect(report.problems).toEqual([]);
    expect(report.repositories[0]).toMatchObject({
      repository: "offsite",
      status: "ok",
      newestSet: { label: "20261125-004214F", type: "full", ageSeconds: 60 },
      newestSegment: "000000010000000000000029",
      lagBytes: 0xf40,
      lagSeconds: 20,
    });
    expect(renderStatusReport(report)).toContain("all is well");
    expect(renderStatusReport(report)).toMatch(/^dr\s+stands by: epoch 1 is primary's$/m);
  });

  it("speaks of the living site when the other is dead, and says what is unreachable", async () => {
    const report = await take(world({ dead: new Set(["dr"]) }));
    expect(report.sites[0]?.database.ready).toBe(true);
    expect(report.problems).toEqual(["dr: the cluster does not answer (connect EHOSTUNREACH)"]);
    expect(renderStatusReport(report)).toMatch(/^dr\s+unreachable: connect EHOSTUNREACH/m);
  });

  it("still knows the offsite repository's newest segment when the active site is dead", async () => {
    const report = await take(world({ dead: new Set(["primary"]) }));
    expect(report.repositories).toMatchObject([
      { repository: "offsite", via: null, newestSegment: "000000010000000000000029", lagBytes: null },
    ]);
    expect(report.problems[0]).toContain("primary: the cluster does not answer");
  });

  it("says so when the third place is silent, and shows the rest", async () => {
    const report = await take(world({ epochError: "no answer within 15000 ms" }));
    expect(report.problems[0]).toContain("the third place does not say who is active");
    expect(report.sites[0]?.database.lsn).toBe("0/2A000F40");
    expect(renderStatusReport(report)).toContain("unreachable: offsite store: no answer");
  });

  it("asks the repositories of the one site that calls itself active while the third place is silent", async () => {
    const report = await take(world({ epochError: "no answer within 15000 ms" }));
    expect(report.repositories.map(({ repository, epoch }) => [repository, epoch])).toEqual([
      ["offsite", 1],
      ["site", 1],
    ]);
  });

  it("says at once that the archive command fails, with the segment", async () => {
    const archiver = {
      failed: "00000001000000000000002A",
      failed_at: String(nowMs - 12_000),
      failures: "3",
    };
    const { problems } = await take(world({ archiver }));
    expect(problems).toEqual([
      expect.stringContaining("primary: the archive command fails: segment 00000001000000000000002A"),
    ]);
    expect(problems[0]).toContain("12 s ago (3 failures)");
  });

  it.each([
    [
      "an active database that is not ready",
      { ready: false },
      "primary is active, but its database is not ready: Running: containers with unready",
    ],
    ["names that lead elsewhere", { names: "198.18.0.12" }, "says 198.18.0.12, and primary is active"],
    [
      "a repository without a set",
      { info: { ...chain, sets: [] } },
      "repository offsite, epoch 1: no backup set",
    ],
    [
      "a repository that cannot be read",
      { info: { ...chain, status: { code: 99, message: "cipher" } } },
      "99: cipher",
    ],
    [
      "backups that are older than the schedules allow",
      { info: { ...chain, sets: chain.sets.map((set) => ({ ...set, stoppedAtMs: nowMs - 3_601_000 })) } },
      "repository offsite, epoch 1: BACKUP_TOO_OLD: the newest backup set (20261125-004214F) is 60 min old",
    ],
    [
      "a store whose clock is off",
      { storeSkewMs: 1_200_000 },
      "CLOCK_SKEW: the clock of the store is 1200001 ms off",
    ],
    [
      "a database whose clock is off",
      { databaseSkewMs: -1_200_000 },
      "CLOCK_SKEW: the clock of the database is -1200000 ms off",
    ],
    [
      "a certificate that is about to expire",
      {
        certificates: [
          { what: "offsite store", reached: true, validToMs: nowMs + 13 * 86_400_000, problem: null },
        ],
      },
      "offsite store: its certificate expires in 13 days, on 2026-12-08",
    ],
  ])("names %s", async (_, changes, words) => {
    const { problems } = await take(world(changes));
    expect(problems.join("\n")).toContain(words);
  });

  it("names a site that believes it is active in a term that is over", async () => {
    const ports = portsOf(world({ active: "dr", names: "198.18.0.12" }));
    const stale = {
      ...ports,
      steward: {
        status: async (site: Site) =>
          site === "primary" ? steward("primary", "active", 1) : steward("dr", "active", 2),
      },
    };
    const report = await collectStatus(stale, places);
    expect(report.problems).toContain(
      "primary calls itself active in epoch 1; the epoch object says dr, epoch 1",
    );
  });
});

describe("the site that stands by", () => {
  /** What is wrong with it, as `problems` and as its line say. */
  async function expectUnarmed(changes: Partial<World>, problem: string) {
    const report = await take(world(changes));
    expect(report.standby).toMatchObject({ site: "dr", state: "notArmed" });
    expect(report.problems).toContain(problem);
    const [reason] = report.standby?.reasons ?? [];
    expect(renderStatusReport(report)).toContain(`        not armed: ${reason?.reason}; ${reason?.todo}`);
    return report;
  }

  it("is armed where it could restore", async () => {
    const report = await take(world());
    expect(report.standby).toEqual({ site: "dr", state: "armed", reasons: [], handover: null });
    expect(renderStatusReport(report)).toMatch(/^dr .*\n.*\n {8}armed$/m);
  });

  it("is not before its stack was brought up, and nothing else is asked", async () => {
    const { standby } = await expectUnarmed(
      { standbyDeployed: false, standbyPassphrase: null },
      "dr is not armed: its stack was never brought up, or not to the end: there is no StatefulSet database in namespace holdfast; pulumi up --stack dr",
    );
    expect(standby?.reasons).toHaveLength(1);
  });

  it.each([
    [
      "without the repository's passphrase",
      { standbyPassphrase: null },
      "dr is not armed: secret pgbackrest at dr is not there, or has no passphrase; bring it back from escrow, then pulumi up of dr with --refresh",
    ],
    [
      "with another passphrase",
      { standbyPassphrase: "rotated" },
      "dr is not armed: secret pgbackrest at dr has another passphrase than the primary, which writes the repository; give stack dr the same secret (holdfast:backup.cipher), then pulumi up of dr",
    ],
    [
      "without room",
      { info: { ...chain, sets: chain.sets.map((set) => ({ ...set, databaseBytes: 2 ** 40 })) } },
      "dr is not armed: 20261125-004214F needs 1154487209165 bytes with its WAL, volume claim database-data has 21474836480; give stack dr a larger holdfast:database.volume, then pulumi up of dr",
    ],
    [
      "with a volume of a size nobody can read",
      { standbyVolume: "much" },
      "dr is not armed: 20261125-004214F needs 2 bytes with its WAL, volume claim database-data has no size that can be read; give stack dr a larger holdfast:database.volume, then pulumi up of dr",
    ],
    [
      "without a set",
      { info: { ...chain, sets: [] } },
      "dr is not armed: there is no set; make a full backup now",
    ],
  ] satisfies readonly (readonly [string, Partial<World>, string])[])(
    "is not %s",
    async (_, changes, problem) => {
      await expectUnarmed(changes, problem);
    },
  );

  it("is not known where it does not answer; that is said once", async () => {
    const report = await take(world({ dead: new Set(["dr"]) }));
    expect(report.standby).toMatchObject({ state: "unknown" });
    expect(report.standby?.reasons[0]?.todo).toContain("kubectl --context dr get nodes");
    expect(report.problems).toEqual(["dr: the cluster does not answer (connect EHOSTUNREACH)"]);
    expect(renderStatusReport(report)).toContain(
      "nobody can tell whether it is armed: its cluster does not answer",
    );
  });

  it("is not known while there is nobody to compare it with", async () => {
    const report = await take(world({ dead: new Set(["primary"]) }));
    expect(report.standby).toMatchObject({ site: "dr", state: "unknown" });
    expect(report.standby?.reasons.map(({ reason }) => reason)).toEqual([
      "whether it has the repository's passphrase cannot be compared while primary does not answer",
      "the newest set, which it would restore, is not known",
    ]);
  });

  it("is not known where both answer and one refuses: that is a problem", async () => {
    const report = await take(world({ standbyPassphrase: "forbidden" }));
    expect(report.standby).toMatchObject({ state: "unknown" });
    expect(report.problems).toEqual([
      expect.stringContaining("nobody can tell whether dr is armed: kube dr: 403 secrets is forbidden"),
    ]);
  });

  it("is primary while dr serves", async () => {
    const report = await take(world({ active: "dr", names: "198.18.0.12", standbyDeployed: false }));
    expect(report.standby).toMatchObject({ site: "primary", state: "notArmed" });
  });

  it("is nobody while nobody knows who serves", async () => {
    const ports = portsOf(world());
    const report = await collectStatus(
      { ...ports, epoch: { ...ports.epoch, read: async () => null } },
      places,
    );
    expect(report.standby).toBeNull();
  });

  it.each([
    [1, "armed", "armed; its stack file names epoch 1 as handover"],
    [null, "armed", "armed; its stack file names no handover: a promotion writes epoch 1 there too"],
    [7, "notArmed", "not armed: its stack file names epoch 7 as handover, and the present one is 1"],
  ] as const)("whose stack file names epoch %s to take over is %s", async (handover, state, words) => {
    const record = { epoch: 1, holder: "primary", run: null } as const;
    const { sites, repositories } = await take(world());
    const known = { record, sites, offsite: repositories[0], handover };
    const standby = await standbyStatus(portsOf(world()), places, known);
    expect(standby).toMatchObject({ state, handover: { named: handover, present: 1 } });
    expect(standbyLine(standby)).toContain(words);
  });
});

describe("a hand-over", () => {
  it("is said once, without blaming the names for leading away", async () => {
    const ports = portsOf(world({ names: "198.18.0.12" }));
    const draining = {
      ...ports,
      steward: { status: async (site: Site) => (site === "primary" ? steward(site, "draining", 1) : null) },
    };
    expect((await collectStatus(draining, places)).problems).toEqual([
      "primary is draining: nobody can write until the other site is activated",
    ]);
  });
});

describe("duration", () => {
  it.each([
    [59, "59 s"],
    [600, "10 min"],
    [10_800, "3 h"],
    [345_600, "4 days"],
  ])("%d seconds are %s", (seconds, words) => {
    expect(duration(seconds)).toBe(words);
  });
});
