// Shows: what the watch makes of what the server and the repositories say, and when it asks for a full backup. Does
// not show that PostgreSQL or pgBackRest say it; tests/lab/metrics.test.ts and tests/faults/watch.test.ts do.
import { existsSync, mkdirSync, rmSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { parseMetrics, type Samples } from "../lab/support/metrics.ts";
import { PodFolder } from "./pod-scripts.ts";

const mib16 = 16 * 2 ** 20;
const segment = (number: number, timeline = 1): string =>
  [timeline, Math.floor(number / 256), number % 256]
    .map((part) => part.toString(16).toUpperCase().padStart(8, "0"))
    .join("");
const stored = (...numbers: number[]): string[] =>
  numbers.map((number) => `${segment(number)}-${"a".repeat(40)}.zst`);
const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index);

// Hundreds of small processes: on a busy machine they take their time.
vi.setConfig({ testTimeout: 120_000 });

let pod: PodFolder;
beforeEach(() => {
  pod = new PodFolder();
  pod.putData("7000000000000000001");
  mkdirSync(join(pod.pgData, "pg_wal", "archive_status"), { recursive: true });
  pod.write("state/archive-open", "");
  server({ lsn: 10 * mib16 + 100, xid: 700 });
  repository("offsite", { sets: [set("full", 3, 1_000)], newest: 9 });
  repository("site", { sets: [set("full", 4, 1_100)], newest: 9 });
});
afterEach(() => pod.remove());

function server({ lsn, xid, timeline = 1, archiveTimeout = 60 }: Record<string, number>): void {
  pod.fakes.psql = `${lsn} ${timeline} ${xid} ${archiveTimeout} ${mib16}\n`;
}

const set = (type: string, start: number, stop: number, error = false) => ({
  type,
  error,
  archive: { start: segment(start), stop: segment(start) },
  timestamp: { start: stop - 10, stop },
  info: { size: 9_000, repository: { size: 5_000, delta: 4_000 + stop } },
});

interface Contents {
  readonly sets?: readonly ReturnType<typeof set>[];
  readonly newest: number;
  readonly code?: number;
  readonly missing?: readonly number[];
  readonly first?: number;
}

function repository(
  name: "offsite" | "site",
  { sets = [], newest, code = 0, missing = [], first = 3 }: Contents,
): void {
  const config = name === "offsite" ? "restore-current" : "archive-site";
  pod.fakes.info[config] = [
    {
      backup: sets,
      archive: [{ id: "18-1", min: segment(first), max: segment(newest) }],
      repo: [{ status: { code } }],
    },
  ];
  for (const directory of range(Math.floor(first / 256), Math.floor(newest / 256)))
    pod.fakes.listed[`${config} ${segment(directory * 256).slice(0, 16)}`] = stored(
      ...range(Math.max(first, directory * 256), Math.min(newest, directory * 256 + 255)).filter(
        (number) => !missing.includes(number),
      ),
    );
}

/** One look at that time; all that is published after it. */
async function look(now: number, environment: Record<string, string> = {}): Promise<Samples> {
  const { exitCode, stderr } = await pod.run("watch", ["once"], {
    HF_NOW: String(now),
    HF_RECORDS_URL: "https://store.test:8333/records",
    HF_SITE: "primary",
    ...environment,
  });
  expect(exitCode, stderr).toBe(0);
  return published();
}

function published(): Samples {
  const files = ["holdfast", "repository-offsite", "repository-site", "jobs"].map((name) => `${name}.prom`);
  const found = files.filter((file) => existsSync(join(pod.state, "metrics", file)));
  const all = new Map<string, number>();
  for (const file of found)
    for (const [series, value] of parseMetrics(pod.read(`state/metrics/${file}`))) all.set(series, value);
  return all;
}

const lag = (samples: Samples, repository: string): readonly [number | undefined, number | undefined] => [
  samples.get(`holdfast_wal_archive_lag_bytes{repository="${repository}"}`),
  samples.get(`holdfast_wal_archive_lag_seconds{repository="${repository}"}`),
];
const gapOf = (samples: Samples, repository: string): number | undefined =>
  samples.get(`holdfast_wal_archive_gap{repository="${repository}"}`);
const wanted = (repository: string): string | null =>
  existsSync(join(pod.state, `full-wanted-${repository}`))
    ? pod.read(`state/full-wanted-${repository}`)
    : null;

describe("one look", () => {
  it("says which site serves, what pg_wal and the volume take, and what each repository holds", async () => {
    pod.write(join(pod.pgData, "pg_wal", "x"), "x".repeat(10_000));
    const full = set("full", 3, 1_000);
    repository("offsite", {
      sets: [full, set("full", 5, 2_000), set("incr", 6, 3_000), set("incr", 7, 4_000, true)],
      newest: 9,
    });
    const samples = await look(5_000, { HF_ROLE: "active" });
    expect(samples.get('holdfast_info{site="primary",role="active",epoch="2"}')).toBe(1);
    expect(samples.get("holdfast_exporter_last_run_timestamp_seconds")).toBe(5_000);
    expect(samples.get("holdfast_archive_open")).toBe(1);
    expect(samples.get("holdfast_wal_bytes")).toBeGreaterThanOrEqual(10_000);
    const size = samples.get("holdfast_volume_size_bytes") ?? 0;
    expect(size).toBeGreaterThan(samples.get("holdfast_volume_available_bytes") ?? Number.POSITIVE_INFINITY);
    const of = (name: string, kind?: string): number | undefined =>
      samples.get(`${name}{repository="offsite"${kind === undefined ? "" : `,kind="${kind}"`}}`);
    expect(of("holdfast_repository_up")).toBe(1);
    expect(of("holdfast_backup_last_success_timestamp_seconds", "full")).toBe(2_000);
    // The failed one is none.
    expect(of("holdfast_backup_last_success_timestamp_seconds", "incr")).toBe(3_000);
    expect(of("holdfast_backup_last_success_timestamp_seconds", "diff")).toBeUndefined();
    expect(of("holdfast_backup_last_size_bytes", "full")).toBe(6_000);
    expect(of("holdfast_repository_oldest_restorable_timestamp_seconds")).toBe(1_000);
    expect(of("holdfast_wal_archive_gap")).toBe(0);
  });

  it("reads the third place with keys that cannot write", async () => {
    const { calls } = await pod.run("watch", ["once"], { HF_NOW: "1" });
    const configs = new Set(calls.map((call) => call.split(" ")[0]));
    expect(configs).toEqual(new Set(["restore-current", "archive-site"]));
    expect(
      calls.map((call) => call.split(" ")[1]).every((word) => word === "info" || word === "repo-ls"),
    ).toBe(true);
  });

  it("keeps the last numbers of a repository that does not answer, and says that it is down", async () => {
    await look(5_000);
    pod.fakes.statuses = { "info archive-site": 103 };
    repository("offsite", { sets: [], newest: 9, code: 99 });
    const samples = await look(5_100);
    for (const name of ["offsite", "site"]) {
      expect(samples.get(`holdfast_repository_up{repository="${name}"}`)).toBe(0);
      expect(samples.get(`holdfast_repository_last_seen_timestamp_seconds{repository="${name}"}`)).toBe(
        5_000,
      );
      expect(
        samples.get(`holdfast_backup_last_success_timestamp_seconds{repository="${name}",kind="full"}`),
      ).toBeDefined();
    }
  });

  it("does not wait for one that drops everything", async () => {
    pod.fakes.statuses = { "info archive-site": "hang" };
    const start = performance.now();
    const samples = await look(5_000, { HF_WATCH_TIMEOUT: "1" });
    expect(performance.now() - start).toBeLessThan(30_000);
    expect(samples.get('holdfast_repository_up{repository="site"}')).toBe(0);
    expect(samples.get('holdfast_repository_up{repository="offsite"}')).toBe(1);
  });

  it("knows an open breaker by its age, and a shut gate", async () => {
    pod.write("state/breaker-site", "");
    rmSync(join(pod.state, "archive-open"));
    const now = Math.floor(Date.now() / 1000);
    const open = await look(now + 10);
    expect(open.get('holdfast_archive_breaker_open{repository="site"}')).toBe(1);
    expect(open.get("holdfast_archive_open")).toBe(0);
    expect((await look(now + 100)).get('holdfast_archive_breaker_open{repository="site"}')).toBe(0);
  });
});

describe("the archive's lag", () => {
  it("is nothing while the repository has all but the segment in work, and no write waits", async () => {
    const samples = await look(5_000);
    expect(lag(samples, "offsite")).toEqual([100, 0]);
  });

  it("grows while writes go on and the repository stands still, whatever the archive command says", async () => {
    await look(5_000);
    for (const [step, now] of [5_010, 5_020, 5_030, 5_130].entries()) {
      server({ lsn: 10 * mib16 + 200 + step * 2 * mib16, xid: 701 + step });
      await look(now);
    }
    const samples = published();
    expect(lag(samples, "offsite")).toEqual([6 * mib16 + 200, 120]);
    // The oldest of the samples is in the repository now: the next one's age counts.
    repository("offsite", { sets: [set("full", 3, 1_000)], newest: 11 });
    repository("site", { sets: [set("full", 4, 1_100)], newest: 9 });
    expect(lag(await look(5_140), "offsite")).toEqual([4 * mib16 + 200, 120]);
    expect(lag(published(), "site")[1]).toBe(130);
  });

  it("goes on growing when the writes end, and when the server cannot be asked", async () => {
    await look(5_000);
    server({ lsn: 11 * mib16 + 40, xid: 701 });
    await look(5_010);
    await look(9_000);
    expect(lag(published(), "offsite")[1]).toBe(3_990);
    pod.fakes.psql = null;
    expect(lag(await look(9_100), "offsite")[1]).toBe(4_090);
  });

  it("is none on an idle server whose position creeps inside a segment", async () => {
    await look(5_000);
    server({ lsn: 10 * mib16 + 200, xid: 701 });
    await look(5_010);
    // Switched by archive_timeout and archived; the look that sees the transaction sees the next segment's head.
    server({ lsn: 11 * mib16 + 216, xid: 702 });
    await look(5_070);
    repository("offsite", { sets: [set("full", 3, 1_000)], newest: 10 });
    for (const now of [5_080, 5_100]) await look(now);
    expect(lag(published(), "offsite")[1]).toBeGreaterThan(0); // as far as anybody can tell, it may hold the commit
    server({ lsn: 11 * mib16 + 500, xid: 702 });
    await look(5_170);
    expect(lag(published(), "offsite")).toEqual([500, 0]);
    await look(99_000);
    expect(lag(published(), "offsite")).toEqual([500, 0]);
  });

  it("is not settled that way where no archive_timeout would have switched", async () => {
    server({ lsn: 10 * mib16 + 100, xid: 700, archiveTimeout: 0 });
    await look(5_000);
    server({ lsn: 10 * mib16 + 200, xid: 701, archiveTimeout: 0 });
    await look(5_010);
    expect(lag(await look(9_010), "offsite")[1]).toBe(4_000);
  });

  it("does not take an older timeline's segments for this one's", async () => {
    server({ lsn: 5 * mib16 + 100, xid: 700, timeline: 2 });
    await look(5_000);
    server({ lsn: 6 * mib16 + 100, xid: 701, timeline: 2 });
    expect(lag(await look(5_100), "offsite")).toEqual([mib16 + 100, 100]);
  });

  it("of a rehearsal is nobody's", async () => {
    expect(lag(await look(5_000, { HF_ROLE: "rehearsal" }), "offsite")).toEqual([undefined, undefined]);
  });
});

describe("a missing segment", () => {
  const offsite = (contents: Partial<Contents> = {}): void =>
    repository("offsite", { sets: [set("full", 3, 1_000)], newest: 9, ...contents });

  it("is a gap when two looks miss it, and a full backup is asked for", async () => {
    offsite({ missing: [6] });
    expect(gapOf(await look(5_000), "offsite")).toBe(0); // it may be on its way, behind a quicker one
    const samples = await look(5_010);
    expect(gapOf(samples, "offsite")).toBe(1);
    expect(gapOf(samples, "site")).toBe(0);
    expect(samples.get('holdfast_wal_missing_segments{repository="offsite"}')).toBe(1);
    expect(wanted("offsite")).toBe(`${segment(6)}\n`);
    expect(wanted("site")).toBeNull();
  });

  it("is none while it waits in pg_wal", async () => {
    offsite({ missing: [8] });
    pod.write(join(pod.pgData, "pg_wal", "archive_status", `${segment(8)}.ready`), "");
    await look(5_000);
    expect(gapOf(await look(5_010), "offsite")).toBe(0);
    rmSync(join(pod.pgData, "pg_wal", "archive_status", `${segment(8)}.ready`));
    await look(5_020);
    expect(gapOf(await look(5_030), "offsite")).toBe(1);
  });

  it("is mended by a full backup that began after it, though older moments stay out of reach", async () => {
    offsite({ missing: [6] });
    await look(5_000);
    await look(5_010);
    offsite({ missing: [6], newest: 12, sets: [set("full", 3, 1_000), set("diff", 9, 1_500)] });
    expect(gapOf(await look(5_020), "offsite")).toBe(1);
    offsite({ missing: [6], newest: 12, sets: [set("full", 3, 1_000), set("full", 10, 2_000)] });
    const samples = await look(5_030);
    expect(gapOf(samples, "offsite")).toBe(0);
    expect(samples.get('holdfast_wal_missing_segments{repository="offsite"}')).toBe(1);
    expect(wanted("offsite")).toBeNull();
  });

  it("is forgotten when it comes after all, and when the sets that needed it are gone", async () => {
    offsite({ missing: [5, 6] });
    await look(5_000);
    await look(5_010);
    offsite({ missing: [5] });
    expect((await look(5_020)).get('holdfast_wal_missing_segments{repository="offsite"}')).toBe(1);
    offsite({ sets: [set("full", 8, 2_000)], first: 8 });
    const samples = await look(5_030);
    expect(samples.get('holdfast_wal_missing_segments{repository="offsite"}')).toBe(0);
    expect(gapOf(samples, "offsite")).toBe(0);
  });

  it("before the oldest set is nobody's loss", async () => {
    offsite({ sets: [set("full", 7, 1_000)], missing: [5] });
    await look(5_000);
    expect(gapOf(await look(5_010), "offsite")).toBe(0);
  });

  it("is found in older directories too, each in its turn", async () => {
    // Two full directories and a part of the third; names with an E in them are numbers to awk.
    const contents = { newest: 600, sets: [set("full", 3, 1_000)] };
    repository("offsite", contents);
    await look(5_000);
    repository("offsite", { ...contents, missing: [0x1e5] });
    let found = 0;
    let now = 5_000;
    while (found === 0 && now < 5_400) {
      now += 10;
      found = gapOf(await look(now), "offsite") ?? 0;
    }
    expect(found).toBe(1);
    expect(wanted("offsite")).toBe(`${segment(0x1e5)}\n`);
  });

  it("costs a long archive two requests a look, not one a directory", async () => {
    repository("offsite", { newest: 256 * 20, sets: [set("full", 3, 1_000)] });
    await look(5_000);
    await look(5_010);
    const { calls } = await pod.run("watch", ["once"], { HF_NOW: "5020" });
    expect(calls.filter((call) => call.startsWith("restore-current"))).toHaveLength(2);
  });

  it("at the site is also what the archive command has marked", async () => {
    pod.write("volume/holdfast-gap-site", `${segment(9)}\n`);
    const samples = await look(5_000);
    expect(gapOf(samples, "site")).toBe(1);
    expect(gapOf(samples, "offsite")).toBe(0);
    // The steward knows that file itself.
    expect(wanted("site")).toBeNull();
  });
});

describe("the steward's full backups", () => {
  const mend = () => pod.run("mend");
  const backups = (calls: readonly string[]): readonly string[] =>
    calls.filter((call) => call.includes(" backup ")).map((call) => call.split(" ")[0] ?? "");

  beforeEach(() => {
    pod.putCommand(
      "mend",
      '#!/bin/bash\n. "$HF_BIN/lib.sh"\n. "$HF_BIN/archive.sh"\n. "$HF_BIN/full-backups.sh"\nmake_full_backups\n',
    );
    for (const name of ["site-open", "full-offsite", "full-site"]) pod.write(`state/${name}`, "");
    for (const config of ["archive-offsite", "archive-site"])
      pod.fakes.info[config] = [{ backup: [set("full", 3, 1_000)] }];
  });

  it("are none while nothing is missing", async () => {
    expect(backups((await mend()).calls)).toEqual([]);
  });

  it("wait for the applications, which start on the same processors", async () => {
    pod.putCommand(
      "start-after",
      '#!/bin/bash\n. "$HF_BIN/lib.sh"\n. "$HF_BIN/archive.sh"\n. "$HF_BIN/full-backups.sh"\nstart_full_backups\nwait\n',
    );
    const started = async () => backups((await pod.run("start-after")).calls);
    pod.write("state/full-wanted-offsite", `${segment(6)}\n`);
    expect(await started()).toEqual([]); // nobody is ready
    pod.write("state/ready", "");
    expect(await started()).toEqual([]);
    const ago = Date.now() / 1000 - 20;
    utimesSync(join(pod.state, "ready"), ago, ago);
    expect(await started()).toEqual(["archive-offsite"]);
  });

  it.each(["offsite", "site"])("are one a hole at %s, until another hole comes", async (name) => {
    pod.write(`state/full-wanted-${name}`, `${segment(6)}\n`);
    expect(backups((await mend()).calls)).toEqual([`archive-${name}`]);
    // The watch has not looked since: its word is still there.
    expect(backups((await mend()).calls)).toEqual([]);
    pod.write(`state/full-wanted-${name}`, `${segment(20)}\n`);
    expect(backups((await mend()).calls)).toEqual([`archive-${name}`]);
  });

  it("at the site's own store bring the timeline's history, which the archive command may have left out", async () => {
    mkdirSync(join(pod.pgData, "pg_wal"), { recursive: true });
    pod.write(join(pod.pgData, "pg_wal", "00000002.history"), "1\t0/3000000\tno recovery target specified\n");
    for (const name of ["offsite", "site"]) pod.write(`state/full-wanted-${name}`, `${segment(6)}\n`);
    const { calls } = await mend();
    const told = calls.filter((call) => / (backup|archive-push) /.test(call)).map((call) => call.split(" "));
    expect(told.map(([config, command]) => `${config} ${command}`)).toEqual([
      "archive-offsite backup",
      "archive-site archive-push",
      "archive-site backup",
    ]);
    expect(told[1]?.at(-1)).toMatch(/\/pg_wal\/00000002\.history$/);
    expect(told[1]).toContain("--no-archive-async");
  });

  it("that fail are tried again, after a rest", async () => {
    pod.write("state/full-wanted-offsite", `${segment(6)}\n`);
    pod.fakes.statuses = { "backup archive-offsite": 50 };
    expect(backups((await mend()).calls)).toEqual(["archive-offsite"]);
    expect(backups((await mend()).calls)).toEqual([]);
    rmSync(join(pod.state, "full-failed-offsite"));
    expect(backups((await mend()).calls)).toEqual(["archive-offsite"]);
  });
});

describe("records of jobs", () => {
  const key = (name: string): string => `<Contents><Key>jobs/primary/offsite/${name}</Key></Contents>`;
  const record = (more: Record<string, unknown>): string =>
    JSON.stringify({
      schemaVersion: 1,
      site: "primary",
      repository: "offsite",
      kind: "full",
      outcome: "done",
      startedAtMs: 1_000_500,
      endedAtMs: 1_030_000,
      bytes: 77,
      ...more,
    });
  const metric = (samples: Samples, name: string, kind: string): number | undefined =>
    samples.get(`holdfast_job_${name}{repository="offsite",kind="${kind}"}`);

  it("say when each kind ran, with what outcome, and when it was last done", async () => {
    pod.fakes.objects = {
      list: key("full.json") + key("full.success.json") + key("verify.json") + key("diff.json"),
      "full.json": record({ outcome: "failed", bytes: null }),
      "full.success.json": record({ endedAtMs: 900_000 }),
      "verify.json": record({ kind: "verify", outcome: "skipped" }),
      "diff.json": "not a record",
    };
    const samples = await look(5_000);
    expect(metric(samples, "last_run_timestamp_seconds", "full")).toBe(1_030);
    expect(metric(samples, "last_success_timestamp_seconds", "full")).toBe(900);
    expect(metric(samples, "last_failed", "full")).toBe(1);
    expect(metric(samples, "last_duration_seconds", "full")).toBe(29.5);
    expect(metric(samples, "last_bytes", "full")).toBeUndefined();
    expect(metric(samples, "last_failed", "verify")).toBe(0);
    expect(metric(samples, "last_bytes", "verify")).toBe(77);
    expect(metric(samples, "last_success_timestamp_seconds", "verify")).toBeUndefined();
    expect(metric(samples, "last_failed", "diff")).toBeUndefined();
  });

  it("keep their last numbers while the third place is away, and are none where none were written", async () => {
    expect([...(await look(5_000)).keys()].filter((series) => series.startsWith("holdfast_job_"))).toEqual(
      [],
    );
    pod.fakes.objects = { list: key("full.json"), "full.json": record({}) };
    await look(5_010);
    pod.fakes.unreachable = true;
    expect(metric(await look(5_020), "last_run_timestamp_seconds", "full")).toBe(1_030);
  });
});
