// The operator's half of `holdfast status` in its five states, on ports that answer or refuse. That the real store and
// the real records say this is not proved here.
import { describe, expect, it } from "vitest";
import { type OperatorSources, operatorView } from "../../cli/status/operator.ts";
import { findProblems } from "../../cli/status/problems.ts";
import { renderStatusReport } from "../../cli/status/render.ts";
import type { RepositoryStatus, StatusReport } from "../../cli/status/types.ts";
import type { JobRecord } from "../../contract/job-record.ts";
import type { ObservingPorts } from "../../drill/adapters/index.ts";
import { planOffsite, planSite } from "../../plan/index.ts";
import { load } from "../config/stack-files.ts";

const nowMs = Date.UTC(2026, 10, 25, 12, 0, 0);
const hourMs = 3_600_000;

function planOf(site: "primary" | "dr") {
  const { config } = load(site);
  if (config.kind !== "site") throw new Error("not a site's config");
  return planSite(config);
}
const offsite = load("offsite").config;
if (offsite.kind !== "offsite") throw new Error("not the third place's config");
const offsitePlan = planOffsite(offsite);
const objectLock = offsitePlan.bucket.objectLock ?? { mode: "GOVERNANCE" as const, days: 0 };
const noncurrentDays = offsitePlan.bucket.lifecycle?.noncurrentDays ?? 0;

const record = (changes: Partial<JobRecord> = {}): JobRecord => ({
  schemaVersion: 1,
  site: "primary",
  epoch: 1,
  repository: "offsite",
  kind: "full",
  outcome: "done",
  startedAtMs: nowMs - 2 * hourMs,
  endedAtMs: nowMs - 2 * hourMs + 60_000,
  label: "20261125-011500F",
  bytes: 1,
  reason: null,
  detail: {},
  ...changes,
});

interface World {
  readonly lagSeconds?: number;
  readonly fullAgeHours?: number;
  readonly lock?: typeof objectLock | undefined;
  readonly status?: string;
  readonly storeError?: string;
  readonly record?: JobRecord;
  /** Null: no heartbeat was ever written. */
  readonly heartbeat?: { readonly ageSeconds: number; readonly site: string } | null;
}

async function reportOf(world: World = {}): Promise<StatusReport> {
  const ask = async <T>(value: T): Promise<T> => {
    if (world.storeError !== undefined) throw new Error(world.storeError);
    return value;
  };
  const sources: OperatorSources = {
    plans: { primary: planOf("primary"), dr: planOf("dr") },
    recordsBucket: "holdfast-records",
    buckets: [offsitePlan.bucket],
    store: {
      getVersioning: () => ask(true),
      getObjectLock: () =>
        ask(
          "lock" in world && world.lock === undefined
            ? { enabled: true }
            : { enabled: true, rule: world.lock ?? objectLock },
        ),
      getLifecycle: () => ask([{ id: "holdfast", noncurrentDays }]),
    },
  };
  const ports = {
    clock: { now: () => nowMs },
    s3: {
      getText: async (_: string, key: string) => {
        if (key.startsWith("jobs/primary/"))
          return { text: JSON.stringify(world.record ?? record()), etag: "" };
        if (key !== "heartbeat.json" || world.heartbeat === null) return null;
        const { ageSeconds, site } = world.heartbeat ?? { ageSeconds: 20, site: "primary" };
        return { text: JSON.stringify({ at: nowMs / 1000 - ageSeconds, site }), etag: "" };
      },
    },
  } as unknown as ObservingPorts;
  const repository = (name: "offsite" | "site"): RepositoryStatus => {
    const ages = { full: world.fullAgeHours ?? 10.5, diff: 2.5, incr: 3 };
    const isDown = name === "offsite" && world.status !== undefined;
    const madeSets = (["full", "incr", "diff"] as const).map((type) => ({
      label: type,
      type,
      stoppedAtMs: nowMs - ages[type] * hourMs,
    }));
    return {
      repository: name,
      via: "primary",
      epoch: 1,
      status: isDown ? (world.status ?? "") : "ok",
      newestSet: isDown
        ? null
        : {
            label: "diff",
            type: "diff",
            databaseBytes: 1,
            stoppedAtMs: nowMs - 2.5 * hourMs,
            ageSeconds: 9000,
          },
      sets: isDown ? null : 3,
      madeSets: isDown ? [] : madeSets,
      oldestRestorableMs: isDown ? null : nowMs - ages.full * hourMs,
      newestSegment: "000000010000000000000029",
      lagBytes: 0,
      lagSeconds: name === "offsite" ? (world.lagSeconds ?? 45) : null,
      tooOld: null,
    };
  };
  const report: Omit<StatusReport, "problems"> = {
    schemaVersion: 1,
    takenAt: new Date(nowMs).toISOString(),
    epoch: { value: { epoch: 1, holder: "primary", run: null } },
    lease: { value: null },
    sites: [],
    standby: null,
    repositories: [repository("offsite"), repository("site")],
    dns: [],
    certificates: [],
    clocks: { store: { value: 0 }, database: { value: 0 } },
    operator: await operatorView(ports, sources, "primary"),
  };
  return { ...report, problems: findProblems(report, { primary: "198.18.0.11", dr: "198.18.0.12" }) };
}

describe("five states", () => {
  it("healthy: nothing is wrong, and the next runs and the buckets are shown", async () => {
    const report = await reportOf();
    expect(report.problems).toEqual([]);
    const text = renderStatusReport(report);
    expect(text).toContain("all is well");
    expect(text).toMatch(/backup-offsite-full +2026-11-26T01:15Z \(in 13 h\) +done, 119 min ago/);
    expect(text).toContain(`${objectLock.mode}, ${objectLock.days} days`);
    expect(text).toMatch(/offsite +1 +ok +diff \(diff\) .*2026-11-25T01:30Z/);
  });

  it("documents: how old the copy is, and when that is a problem", async () => {
    expect(renderStatusReport(await reportOf())).toMatch(
      /documents +all until 20 s ago are in the third place/,
    );
    const said = async (heartbeat: World["heartbeat"]) =>
      (await reportOf({ heartbeat: heartbeat ?? null })).problems;
    expect(await said({ ageSeconds: 120, site: "primary" })).toEqual([]);
    expect(await said({ ageSeconds: 130, site: "primary" })).toEqual([
      expect.stringMatching(
        /^documents: those of the last 2 min are not known to be in the third place; read/,
      ),
    ]);
    expect((await said({ ageSeconds: 3600, site: "primary" }))[0]).toContain("(the RPO is 15 min)");
    for (const silent of [null, { ageSeconds: 5, site: "dr" }])
      expect((await said(silent))[0]).toContain("has sent no heartbeat");
  });

  it("archive blocked: how far behind, and what to look at", async () => {
    const { problems } = await reportOf({ lagSeconds: 400 });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(/^repository offsite: the archive is 7 min behind .*archive_command/);
    expect((await reportOf({ lagSeconds: 90 })).problems).toEqual([]);
  });

  it("backup overdue: which one, by how much, and which schedule to look at", async () => {
    const { problems } = await reportOf({ fullAgeHours: 30 });
    expect(problems).toHaveLength(2);
    expect(problems[0]).toMatch(
      /^repository offsite: the newest full is 30 h old, and 26 h are the most; .*backup-offsite-full/,
    );
    expect((await reportOf({ fullAgeHours: 25 })).problems).toEqual([]);
  });

  it("lock off: which bucket, what was planned, and what mends it", async () => {
    const { problems } = await reportOf({ lock: undefined });
    expect(problems).toEqual([
      `bucket holdfast-offsite has no lock (planned: ${objectLock.mode}, ${objectLock.days} days); pulumi up --refresh --stack offsite mends it`,
    ]);
    const shorter = await reportOf({ lock: { ...objectLock, days: 1 } });
    expect(shorter.problems[0]).toContain(`is locked for ${objectLock.mode}, 1 days`);
  });

  it("repository unreachable: its own words, and no claim about what it holds", async () => {
    const report = await reportOf({ status: "no answer within 5000 ms", storeError: "connect ETIMEDOUT" });
    expect(report.problems).toEqual([
      "repository offsite, epoch 1: no answer within 5000 ms",
      "bucket holdfast-offsite: its settings cannot be read: connect ETIMEDOUT",
    ]);
    expect(renderStatusReport(report)).toContain("not read: connect ETIMEDOUT");
  });
});

it("a job that failed is named with its reason", async () => {
  const { problems } = await reportOf({
    record: record({ outcome: "failed", reason: "no room on the volume" }),
  });
  expect(problems).toContain("backup-offsite-full failed: no room on the volume; mend it and run it again");
});

it("the timeline has what was made before now and what comes after it, and only where there is a terminal", async () => {
  const report = await reportOf();
  const line =
    renderStatusReport(report, 100)
      .split("\n")
      .find((one) => /^offsite +[·A-Za-z|]+$/.test(one)) ?? "";
  const [past = "", future = ""] = line.slice(10).split("|");
  expect(past.replaceAll("·", "")).toBe("FIDV");
  expect(future.replaceAll("·", "")).toBe("idr");
  expect(past.length + future.length + 1).toBe(90);
  expect(renderStatusReport(report)).not.toContain("·");
});
