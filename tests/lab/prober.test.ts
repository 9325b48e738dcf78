// Prober, adapters and `holdfast status` on the running lab with an active site: the real PostgreSQL, Odoo, Kubernetes,
// S3 and DNS. Does not lose a site: tests/lab/drill.test.ts does.
import { rm } from "node:fs/promises";
import { dirname } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { createRunPorts } from "../../cli/drill-ports.ts";
import type { StatusReport } from "../../cli/status/types.ts";
import type { LedgerEntry } from "../../contract/ledger.ts";
import { verifyChain } from "../../contract/ledger-chain.ts";
import type { Site } from "../../contract/stack.ts";
import { readLedger } from "../../drill/adapters/ledger-file.ts";
import { createLease } from "../../drill/lease.ts";
import { PortError } from "../../drill/ports/port-error.ts";
import type { Ports } from "../../drill/ports.ts";
import { holdfast, repository, runId } from "./support/holdfast.ts";

const run = runId("test-prober");
/** For the whole file: it ends what hangs, and nothing that is merely slow. */
const signal = AbortSignal.timeout(1_800_000);
/** Of what a port gives up on in seconds, as a drill that asks again may: a busy machine needs a second question. */
const soon = { timeout: 60_000, interval: 1_000 };
let ports: Ports;
let active: Site;
let epoch: number;

beforeAll(async () => {
  ports = await createRunPorts({
    repositoryRoot: repository,
    run,
    lease: ({ s3, clock, bucket }) =>
      createLease({
        s3,
        clock,
        bucket,
        run,
        operator: "test",
        host: "test",
        pid: process.pid,
        durationMs: 60_000,
        graceMs: 0,
        isAlive: () => true,
      }),
  });
  const record = await ports.epoch.read(signal);
  if (record === null)
    throw new Error("no site is active: run a drill, or bring the primary stack up, first");
  active = record.holder;
  epoch = record.epoch;
});
afterAll(async () => {
  await ports.prober.stop(signal);
  await rm(dirname(ports.prober.ledgerPath), { recursive: true, force: true });
});

const pod = { namespace: "holdfast", pod: "database-0", container: "postgres" };

describe("the prober in the third place", () => {
  let entries: readonly LedgerEntry[];

  const acknowledged = (of: readonly LedgerEntry[], writer: string) =>
    of.filter((entry) => entry.kind === "ack" && entry.writer === writer);
  const served = (of: readonly LedgerEntry[]) => of.filter((entry) => entry.kind === "user" && entry.ok);

  test("runs, marks, and its ledger is whole", async () => {
    await ports.prober.start({ run, heartbeatsPerSecond: 5 }, signal);
    await ports.prober.start({ run, heartbeatsPerSecond: 5 }, signal); // the same run again: nothing happens
    await ports.load.start({ run, rowsPerSecond: 20 }, signal);
    expect(await ports.prober.running()).toBe(true);
    // Ten seconds on a quiet machine.
    await vi.waitFor(
      async () => {
        const { entries: soFar } = await readLedger(ports.prober.ledgerPath);
        expect(acknowledged(soFar, "heartbeat").length, "heartbeats").toBeGreaterThan(35);
        expect(acknowledged(soFar, "load").length, "rows of the load").toBeGreaterThan(120);
        expect(served(soFar).length, "users served").toBeGreaterThan(5);
      },
      { timeout: 180_000, interval: 1_000 },
    );
    const askedMs = Date.now();
    const { atMs } = await ports.prober.mark("test", "enough is written", signal);
    expect(atMs).toBeGreaterThan(askedMs - 1000);
    expect(atMs).toBeLessThan(Date.now() + 1000);
    expect(await ports.load.running()).toBe(true);
    await ports.load.stop(signal);
    await ports.prober.stop(signal);
    expect(await ports.prober.running()).toBe(false);
    const report = verifyChain(await ports.prober.readLedger());
    expect(report.faults).toEqual([]);
    expect(await readLedger(ports.prober.ledgerPath)).toEqual(report);
    entries = report.entries;
    expect(entries[0]?.kind).toBe("start");
    expect(entries.at(-1)?.kind).toBe("stop");
    expect(entries.filter((entry) => entry.kind === "start")).toHaveLength(1);
  });

  test.each(["heartbeat", "load"] as const)(
    "every acknowledged row of the %s is in the database",
    async (writer) => {
      const acked = acknowledged(entries, writer);
      expect(acked.length).toBeGreaterThan(writer === "load" ? 120 : 35);
      const present = (await ports.prober.present(active, epoch, signal)).find(
        (one) => one.writer === writer,
      );
      for (const entry of acked) {
        if (entry.kind !== "ack") continue;
        expect(entry.epoch).toBe(epoch);
        expect(present?.ranges.some(([from, to]) => entry.number >= from && entry.number <= to)).toBe(true);
      }
    },
  );

  test("each writer's positions never go back, all on one timeline", () => {
    const acked = entries.filter((entry) => entry.kind === "ack");
    // Of two sessions side by side either may hear of its commit first.
    for (const name of ["heartbeat", "load"]) {
      const positions = acked
        .filter(({ writer }) => writer === name)
        .map(({ lsn }) => lsn.split("/").map((part) => Number.parseInt(part, 16)));
      const numbers = positions.map(([high = 0, low = 0]) => high * 2 ** 32 + low);
      expect(numbers.length).toBeGreaterThan(5);
      expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
    }
    expect(new Set(acked.map(({ timeline }) => timeline)).size).toBe(1);
  });

  test("users are served by the active site, and its database says so", () => {
    expect(served(entries).length).toBeGreaterThan(5);
    for (const entry of served(entries)) expect(entry).toMatchObject({ epoch, site: active });
  });
});

describe("adapters", () => {
  test("exec carries input, both outputs and the exit status, and ends with its signal", async () => {
    const kube = ports.kube(active);
    const result = await kube.exec(pod, ["sh", "-c", "cat; echo bad >&2; exit 7"], {
      signal,
      stdin: "good\n",
    });
    expect(result).toEqual({ exitCode: 7, stdout: "good\n", stderr: "bad\n" });
    await expect(kube.exec(pod, ["sleep", "60"], { signal: AbortSignal.timeout(500) })).rejects.toMatchObject(
      { name: "TimeoutError" },
    );
    await expect(kube.exec({ ...pod, pod: "database-9" }, ["true"], { signal })).rejects.toBeInstanceOf(
      PortError,
    );
  });

  test("an applied object is there, and gone when deleted", async () => {
    const kube = ports.kube(active);
    const manifest = {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: run, namespace: "holdfast" },
      data: { a: "1" },
    };
    await kube.apply(manifest, signal);
    expect(await kube.get("v1/ConfigMap", "holdfast", run, signal)).toMatchObject({ data: { a: "1" } });
    await kube.delete("v1/ConfigMap", "holdfast", run, signal);
    await kube.delete("v1/ConfigMap", "holdfast", run, signal);
    expect(await kube.get("v1/ConfigMap", "holdfast", run, signal)).toBeNull();
  });

  test("a conditional write happens once", async () => {
    const bucket = "holdfast-control";
    const key = `test/${run}`;
    const first = await ports.s3.putText(bucket, key, "one", { ifNoneMatch: "*" }, signal);
    expect(first.written).toBe(true);
    expect(await ports.s3.putText(bucket, key, "two", { ifNoneMatch: "*" }, signal)).toEqual({
      written: false,
    });
    const read = await ports.s3.getText(bucket, key, signal);
    expect(read?.text).toBe("one");
    expect((await ports.s3.putText(bucket, key, "two", { ifMatch: read?.etag ?? "" }, signal)).written).toBe(
      true,
    );
    expect(await ports.s3.putText(bucket, key, "three", { ifMatch: read?.etag ?? "" }, signal)).toEqual({
      written: false,
    });
    await ports.s3.delete(bucket, key, null, signal);
    expect(await ports.s3.getText(bucket, key, signal)).toBeNull();
  });

  test("the store's clock is ours, the repository lists a set, and its names agree with pgBackRest", async () => {
    const askedMs = Date.now();
    const clock = await ports.s3.clock(signal);
    // It tells whole seconds, of some moment between the question and the answer.
    expect(clock.atMs).toBeGreaterThan(askedMs - 2500);
    expect(clock.atMs).toBeLessThan(Date.now() + 1500);
    const info = await ports.repository.info({ repository: "offsite", epoch, via: active }, signal);
    expect(info.status.code).toBe(0);
    expect(info.systemIdentifier).toMatch(/^\d{19}$/);
    const newest = await ports.repository.newestSegment(epoch, signal);
    expect((newest?.segment ?? "") >= (info.archive.max ?? "")).toBe(true);
    expect(await ports.repository.newestSegment(9999, signal)).toBeNull();
  });

  test("every name server answers, and says so of a name that is not there", async () => {
    for (const server of [...ports.dns.authoritatives, ...ports.dns.resolvers]) {
      await expect
        .poll(() => ports.dns.query(server, "erp.holdfast.test", signal), soon)
        .toMatchObject({ ok: true, ttlSeconds: expect.toSatisfy((ttl: number) => ttl <= 5) });
      await expect
        .poll(() => ports.dns.query(server, "nobody.holdfast.test", signal), soon)
        .toMatchObject({ ok: false, rcode: "NXDOMAIN" });
    }
  });

  test("the pod says what it did, and the stack what it is", async () => {
    await expect
      .poll(() => ports.steward.status(active, signal), soon)
      .toMatchObject({ site: active, role: "active", epoch, phase: "ready" });
    expect(await ports.pulumi.outputs(active, signal)).toMatchObject({
      site: active,
      epoch,
      database: { container: pod.container },
    });
  });

  test("versions and facts are read", async () => {
    await expect
      .poll(() => ports.host.versions(), soon)
      .toMatchObject({
        pulumi: expect.stringMatching(/^v3\./),
        kubernetes: "v1.36.3",
        pgbackrest: expect.stringContaining("2."),
        postgres: expect.stringContaining("18."),
      });
    expect((await ports.host.facts()).memoryBytes).toBeGreaterThan(2 ** 30);
  });
});

test("holdfast status names the active site, in words and for programs", async () => {
  // It gives each question five seconds and says of the others that it did not hear.
  await vi.waitFor(async () => {
    const json = await holdfast(["status", "--json"]);
    const report = JSON.parse(json.stdout) as StatusReport;
    expect(report.epoch).toMatchObject({ value: { epoch, holder: active } });
    expect(report.sites.find((site) => site.site === active)?.database.ready).toBe(true);
    expect(json.exitCode).toBe(report.problems.length === 0 ? 0 : 1);
  }, soon);
  await expect
    .poll(async () => (await holdfast(["status"])).stdout, soon)
    .toContain(`epoch   ${epoch}, ${active} is active`);
});
