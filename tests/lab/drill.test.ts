// The real drill on the running lab: two losses in a row, what a plain `pulumi` does after a promotion, and what
// the database pod does when it, or its volume, is taken away. Does not prove the planted opposite cases
// (tests/faults), nor anything about two machines, two clocks or a network with distance.
import { appendFileSync, cpSync, readFileSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, test, vi } from "vitest";
import {
  type DrillResult,
  drill,
  holdfast,
  inLabShell,
  repository,
  runId,
  tail,
} from "./support/holdfast.ts";

const kubectl = (...args: string[]) =>
  inLabShell(["kubectl", "--context", "dr", "--namespace", "holdfast", ...args]);

async function inDatabase(sql: string): Promise<string> {
  const command = [
    "exec",
    "database-0",
    "-c",
    "postgres",
    "--",
    "psql",
    "-XAtq",
    "-d",
    "holdfast",
    "-c",
    sql,
  ];
  const result = await kubectl(...command);
  if (result.exitCode !== 0) throw new Error(result.stderr);
  return result.stdout.trim();
}

async function podUid(): Promise<string> {
  const found = await kubectl("get", "pod", "database-0", "-o", "jsonpath={.metadata.uid}");
  // Between two pods there is none: that is no other one.
  if (found.exitCode !== 0) throw new Error(found.stderr);
  return found.stdout;
}

async function readyAgain(formerUid: string): Promise<void> {
  await expect.poll(podUid, { timeout: 300_000, interval: 1000 }).not.toBe(formerUid);
  const waited = await kubectl("wait", "--for=condition=Ready", "pod/database-0", "--timeout=600s");
  expect(waited.exitCode, tail(waited)).toBe(0);
}

/** The marks written after the promotion, oldest first: exactly the first run's is expected, whatever happens to pod and volume. */
async function marks(): Promise<string[]> {
  return (await inDatabase("select mark from holdfast.after_promotion order by at")).split("\n");
}

async function epochRow(): Promise<number> {
  return Number(await inDatabase("select max(epoch) from holdfast.term"));
}

let first: DrillResult;
let epoch: number;
const mark = runId("mark");

beforeAll(async () => {
  first = await drill(runId("test-one"));
});

describe("the first drill", () => {
  test("ends with exit 0 and a met verdict, within the lab's budgets", () => {
    expect(first.exitCode, tail(first)).toBe(0);
    expect(first.verdict).toMatchObject({ status: "completed", judgement: "met", deviated: false });
    expect(first.verdict?.rtoSeconds).toBeLessThanOrEqual(120);
    expect(first.verdict?.rpoSeconds).toBeLessThanOrEqual(65);
    epoch = first.verdict?.epoch.after ?? -1;
    expect(epoch).toBe((first.verdict?.epoch.before ?? -2) + 1);
  });

  test("counts as lost exactly what the ledger acknowledged and the restored database lacks", async () => {
    const before = first.verdict?.epoch.before;
    const ledger = readFileSync(join(first.directory, "evidence/ledger.jsonl"), "utf8").trim().split("\n");
    const acknowledged = ledger
      .map((line) => JSON.parse(line) as { kind: string; writer?: string; epoch?: number; number?: number })
      .filter((entry) => entry.kind === "ack" && entry.epoch === before);
    let lost = 0;
    for (const [writer, table] of [
      ["heartbeat", "holdfast.heartbeat"],
      ["load", "holdfast.load_row"],
    ]) {
      const present = new Set(
        (await inDatabase(`select number from ${table} where epoch = ${before}`))
          .split("\n")
          .filter(Boolean)
          .map(Number),
      );
      const numbers = acknowledged
        .filter((entry) => entry.writer === writer)
        .map((entry) => entry.number ?? -1);
      expect(numbers.length, `${writer} rows acknowledged`).toBeGreaterThan(20);
      lost += numbers.filter((number) => !present.has(number)).length;
    }
    expect(first.verdict?.lostTransactions).toBe(lost);
  });

  test("stands beside bare commands, from the loss until the resolvers lead to dr", () => {
    const floor = first.verdict?.floorSeconds ?? {};
    const phases = ["detect", "provision", "restore", "replay", "services", "traffic", "verify"];
    expect(Object.keys(floor).sort()).toEqual([...phases, "total"].sort());
    // Three tries of a second each at a site that is gone; half of the TTL of 5 s that a resolver still has.
    expect(floor.detect).toBeGreaterThanOrEqual(3);
    expect((floor.traffic ?? 0) + (floor.verify ?? 0)).toBeGreaterThan(1.5);
    expect(floor.total).toBeCloseTo(
      phases.reduce((sum, phase) => sum + (floor[phase] ?? 0), 0),
      2,
    );
  });

  test("a tampered ledger row turns the verdict", async () => {
    const copy = `${first.directory}-tampered`;
    cpSync(first.directory, copy, { recursive: true });
    const path = join(copy, "evidence/ledger.jsonl");
    const lines = readFileSync(path, "utf8").split("\n");
    const row = lines.findLastIndex((line) => line.includes('"kind":"ack"'));
    lines[row] = (lines[row] ?? "").replace(
      /"number":(\d+)/,
      (_, number) => `"number":${Number(number) + 100_000}`,
    );
    writeFileSync(path, lines.join("\n"));
    const judged = await holdfast(["judge", copy, "--json"]);
    expect(judged.exitCode).toBe(1);
    expect(judged.stdout).toContain("RUN_TAMPERED");
    expect(JSON.parse(judged.stdout)).toMatchObject({ judgement: "missed" });
  });

  test("a line added to the journal turns the verdict", async () => {
    const copy = `${first.directory}-longer`;
    cpSync(first.directory, copy, { recursive: true });
    appendFileSync(join(copy, "journal.jsonl"), `${JSON.stringify({ seq: 99_999, kind: "note" })}\n`);
    const judged = await holdfast(["judge", copy, "--json"]);
    expect(judged.exitCode).toBe(1);
    expect(judged.stdout).not.toContain('"judgement": "met",\n  "deviated": false');
  });

  test("leaves git as it was: a run works on its own copy of the stack files", async () => {
    const status = await inLabShell([
      "git",
      "status",
      "--porcelain",
      "--",
      "Pulumi.yaml",
      "Pulumi.offsite.yaml",
      "Pulumi.primary.yaml",
      "Pulumi.dr.yaml",
    ]);
    expect(status.stdout).toBe("");
  });
});

describe("after the promotion", () => {
  test("an ordinary up of either stack from the unmerged commit is refused and changes nothing", async () => {
    const uid = await podUid();
    for (const stack of ["dr", "primary"]) {
      const up = await inLabShell(["pulumi", "up", "--stack", stack, "--yes", "--non-interactive"]);
      expect(up.exitCode, tail(up)).not.toBe(0);
      expect(up.stdout + up.stderr).toMatch(/epoch/);
      expect(up.stdout + up.stderr).toMatch(/handover|role/);
    }
    expect(await podUid()).toBe(uid);
    expect(await epochRow()).toBe(epoch);
  });

  test("with the run's settings a plain up has nothing to change", async () => {
    const config = join(first.directory, "Pulumi.dr.yaml");
    const command = [
      "pulumi",
      "up",
      "--stack",
      "dr",
      "--config-file",
      config,
      "--yes",
      "--non-interactive",
      "--expect-no-changes",
    ];
    const up = await inLabShell(command);
    expect(up.exitCode, tail(up)).toBe(0);
    const preview = await inLabShell([
      "pulumi",
      "preview",
      "--stack",
      "dr",
      "--config-file",
      config,
      "--refresh",
      "--non-interactive",
    ]);
    expect(preview.exitCode, tail(preview)).toBe(0);
    const output = await inLabShell(["pulumi", "stack", "output", "contract", "--stack", "dr", "--json"]);
    expect(JSON.parse(output.stdout)).toMatchObject({ site: "dr", role: "active", epoch });
  });

  test("deleting the database pod restores nothing", async () => {
    // kubectl may send an exec a second time over its older protocol: the statement must bear that.
    await inDatabase(
      `create table if not exists holdfast.after_promotion (mark text primary key, at timestamptz default now());
       insert into holdfast.after_promotion values ('${mark}') on conflict do nothing`,
    );
    const uid = await podUid();
    expect((await kubectl("delete", "pod", "database-0", "--wait=false")).exitCode).toBe(0);
    await readyAgain(uid);
    const log = await kubectl("logs", "database-0", "-c", "restore");
    expect(log.stdout).toContain('"event":"kept"');
    expect(log.stdout).not.toContain('"event":"restoring"');
    expect(await marks()).toEqual([mark]);
  });

  test("deleting its volume restores the new epoch, not the old one", { timeout: 2_400_000 }, async () => {
    // What must come back was written after the promotion and archived in the new epoch's path.
    const segment = await inDatabase("select pg_walfile_name(pg_switch_wal())");
    await expect
      .poll(() => inDatabase(`select last_archived_wal >= '${segment}' from pg_stat_archiver`), {
        timeout: 240_000,
        interval: 1000,
      })
      .toBe("t");
    const uid = await podUid();
    expect((await kubectl("scale", "statefulset/database", "--replicas=0")).exitCode).toBe(0);
    const gone = await kubectl("wait", "--for=delete", "pod/database-0", "--timeout=400s");
    expect(gone.exitCode, tail(gone)).toBe(0);
    const removed = await kubectl("delete", "pvc", "database-data", "--timeout=240s");
    expect(removed.exitCode, tail(removed)).toBe(0);
    const config = join(first.directory, "Pulumi.dr.yaml");
    const up = await inLabShell([
      "pulumi",
      "up",
      "--stack",
      "dr",
      "--config-file",
      config,
      "--refresh",
      "--yes",
      "--non-interactive",
    ]);
    expect(up.exitCode, tail(up)).toBe(0);
    await readyAgain(uid);
    const log = await kubectl("logs", "database-0", "-c", "restore");
    expect(log.stdout).toMatch(/"event":"restoring","from":"restore-current"/);
    expect(await marks()).toEqual([mark]);
    expect(await epochRow()).toBe(epoch);
  });
});

describe("the second drill", () => {
  let second: DrillResult;
  let refused: { exitCode: number; stderr: string };

  beforeAll(async () => {
    const id = runId("test-two");
    const running = drill(id);
    // While it runs, another one is refused: exit 2, and nothing is touched. From when it holds the lease: an
    // intruder that was quicker would be the one that runs.
    const journal = join(repository, "runs", id, "journal.jsonl");
    const leased = /"kind":"stepEnded","step":"lease","outcome":"passed"/;
    await vi.waitFor(async () => expect(await readFile(journal, "utf8")).toMatch(leased), {
      timeout: 300_000,
      interval: 500,
    });
    refused = await holdfast(["drill", "--run-id", runId("test-intruder")]);
    second = await running;
  });

  test("refused another drill at the same time", () => {
    expect(refused.exitCode).toBe(2);
    expect(refused.stderr).toMatch(/LEASE_HELD|another/);
  });

  test("is met, on a later epoch and timeline", () => {
    expect(second.exitCode, tail(second)).toBe(0);
    expect(second.verdict).toMatchObject({ status: "completed", judgement: "met" });
    expect(second.verdict?.epoch.before).toBe(epoch + 1);
    expect(second.verdict?.timeline).toBeGreaterThanOrEqual(3);
  });

  test("has the rows written after the first", async () => {
    expect(await marks()).toEqual([mark]);
    expect(await inDatabase(`select count(*) > 0 from holdfast.heartbeat where epoch = ${epoch + 1}`)).toBe(
      "t",
    );
  });
});
