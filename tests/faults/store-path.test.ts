// The way to the repositories and what the store answers, each fault done for real (faults.md 9, 36-39, 42, 46, 48).
// The proxy forwards to the real store; what it injects, and what is scaled down, the catalogue says. Does not prove
// a store of another make, nor a network with distance.
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "vitest";
import { openStoreProxy } from "../../lab/faults/s3-proxy/place.ts";
import { layout } from "../lab/support/places.ts";
import { gapsIn, switchSegment } from "./support/archive.ts";
import { fault } from "./support/fault.ts";
import { backUp, jobEnded, startBackup } from "./support/jobs.ts";
import { database, mark } from "./support/primary.ts";
import { openRepository } from "./support/repository.ts";
import {
  archiver,
  caughtUp,
  currentSegment,
  databaseLog,
  failures,
  waiting,
} from "./support/store-archive.ts";
import { startLoad } from "./support/store-load.ts";
import { dropPackets, killStore, replaceFile, storeAnswers, storeFiles } from "./support/store-server.ts";
import { repositoryOf, statusReport } from "./support/store-status.ts";
import { secondsOf, within } from "./support/store-wait.ts";

const file = import.meta.filename;
const backrest = (...words: readonly string[]): readonly string[] => [
  "pgbackrest",
  "--config=/etc/holdfast/pgbackrest/archive-offsite.conf",
  "--stanza=main",
  ...words,
];

fault(9, file, async ({ primary, see, undo }) => {
  const holdSeconds = secondsOf("HOLDFAST_BLACKHOLE_SECONDS", 180);
  const repository = await openRepository(primary);

  // The third place's: the archive command must not succeed, and nobody may believe that it did.
  const since = await currentSegment(primary);
  const load = await startLoad(primary);
  undo("the load", () => load.stop());
  const lift = await dropPackets("offsite");
  undo("packets to the third place", lift);
  const began = Date.now();
  await sleep(holdSeconds * 1000);
  const queued = await waiting(primary);
  const report = await statusReport();
  const held = Math.round((Date.now() - began) / 1000);
  const offsite = repositoryOf(report, "offsite");
  see(
    `offsite dropped for ${held} s under load: ${queued} segments wait in pg_wal; status says a lag of ${offsite.lagSeconds} s, ${Math.round((offsite.lagBytes ?? 0) / 2 ** 20)} MiB`,
  );
  expect(queued).toBeGreaterThan(3);
  // Rows are committed all the time, so what would be lost is as old as the last segment that arrived.
  expect(offsite.lagBytes ?? 0).toBeGreaterThan(queued * 0.8 * 2 ** 24);
  expect(report.problems.join("\n")).toMatch(/repository offsite/);
  await lift();
  const rows = await load.stop();
  const seconds = await caughtUp(primary, repository, since);
  see(`packets pass again: caught up after ${seconds} s without a gap; ${rows} rows were written meanwhile`);
  expect(await waiting(primary)).toBeLessThan(3);

  // The site's own: it costs nothing offsite, and its gap is closed by a full backup there.
  const liftSite = await dropPackets("site");
  undo("packets to the site's own store", liftSite);
  const second = await startLoad(primary);
  undo("the second load", () => second.stop());
  const from = await currentSegment(primary);
  let worst = 0;
  for (const end = Date.now() + holdSeconds * 1000; Date.now() < end; await sleep(5000))
    worst = Math.max(worst, await waiting(primary));
  const missed = (await primary.exec("postgres", ["cat", "/var/lib/postgresql/data/holdfast-gap-site"]))
    .stdout;
  await second.stop();
  const offsiteSeconds = await caughtUp(primary, repository, from);
  see(
    `the site's own store dropped for ${holdSeconds} s: at most ${worst} segments waited, offsite caught up ${offsiteSeconds} s after the load; ${missed.trim().split("\n").length} segments are missing there`,
  );
  expect(missed).toMatch(/[0-9A-F]{24}/);
  expect(offsiteSeconds).toBeLessThan(60);
  await liftSite();
  const closed = await within("the gap at the site's own store to be closed", 240, async () => {
    const gap = await primary.exec("postgres", ["test", "-e", "/var/lib/postgresql/data/holdfast-gap-site"]);
    return gap.exitCode === 0 ? { notYet: "the gap is still marked" } : { done: true };
  });
  expect(closed).toBe(true);
  see("packets pass again: a full backup at the site's own store closed the gap");
});

fault(36, file, async ({ primary, see, undo }) => {
  const repository = await openRepository(primary);
  const since = await currentSegment(primary);
  const proxy = await openStoreProxy(layout, ["primary"]);
  undo("the proxy", () => proxy.close());
  await proxy.control({
    seed: 36,
    rules: [
      { name: "slow-down", rate: 0.2, action: { kind: "status", status: 503, code: "SlowDown" } },
      { name: "internal", rate: 0.1, action: { kind: "status", status: 500, code: "InternalError" } },
    ],
  });
  for (let at = 0; at < 12; at += 1) {
    await mark(primary, "bursts");
    await switchSegment(primary);
  }
  await backUp(primary, "full");
  const incremental = await backUp(primary, "incr");
  const seconds = await caughtUp(primary, repository, since);
  const lines = await proxy.requests();
  await proxy.close();
  const failed = lines.filter(({ rule }) => rule !== null);
  see(
    `${failed.length} of ${lines.length} requests were answered 500 or 503; 12 segments, a full and an incremental backup (${incremental}) completed, caught up after ${seconds} s`,
  );
  expect(failed.length).toBeGreaterThan(20);
  // What counts as stored is there: no segment whose every PUT was refused is taken for archived, and all hold.
  const verify = await primary.exec(
    "postgres",
    backrest("verify", "--output=text", "--log-level-console=warn"),
  );
  see(`verify: ${verify.stdout.trim().split("\n").slice(-1)[0] ?? ""} (status ${verify.exitCode})`);
  expect(verify.exitCode, verify.stdout + verify.stderr).toBe(0);
  expect(verify.stdout).not.toMatch(/missing: [1-9]|checksum invalid: [1-9]|size invalid: [1-9]/);
});

fault(37, file, async ({ primary, see, undo }) => {
  const holdSeconds = secondsOf("HOLDFAST_5XX_SECONDS", 90);
  const repository = await openRepository(primary);
  const since = await currentSegment(primary);
  const before = await failures(primary);
  const proxy = await openStoreProxy(layout, ["primary"]);
  undo("the proxy", () => proxy.close());
  await proxy.control({
    rules: [{ name: "all", action: { kind: "status", status: 503, code: "SlowDown" } }],
  });
  const began = Date.now();
  await mark(primary, "503");
  await switchSegment(primary);
  const job = await startBackup(primary, "incr");
  await sleep(holdSeconds * 1000);
  const report = await statusReport();
  const stuck = await waiting(primary);
  const log = await databaseLog(primary, holdSeconds + 30);
  const end = await jobEnded(primary, job);
  const lasted = Math.round((Date.now() - began) / 1000);
  see(
    `every answer 503 for ${holdSeconds} s: the backup job failed after ${lasted} s (${end.lines.map(({ outcome, status }) => `${outcome} ${status}`).join(", ")}); ${await archiver(primary)}`,
  );
  expect(end.succeeded).toBe(false);
  expect(end.log).toMatch(/503/);
  expect(stuck).toBeGreaterThan(0);
  expect(await failures(primary)).toBeGreaterThan(before);
  // The asynchronous process tries on by itself: what PostgreSQL hears within archive-timeout is that it takes too long.
  expect(log).toMatch(/503|offsite repository did not take [0-9A-F]{24} \(status 82\)/);
  expect(report.problems.join("\n")).toMatch(/repository offsite/);
  see(`status: ${report.problems.find((problem) => problem.includes("repository offsite"))?.slice(0, 160)}`);
  await proxy.close();
  see(`it answers again: caught up after ${await caughtUp(primary, repository, since)} s without a gap`);
});

fault(38, file, async ({ primary, see, undo }) => {
  const repository = await openRepository(primary);
  const since = await currentSegment(primary);
  const before = await failures(primary);
  const proxy = await openStoreProxy(layout, ["primary"]);
  undo("the proxy", () => proxy.close());
  await proxy.control({
    rules: [{ name: "slow", action: { kind: "slow", delayMs: 200, bytesPerSecond: 1_000_000 } }],
  });
  const load = await startLoad(primary);
  undo("the load", () => load.stop());
  const began = Date.now();
  const label = await backUp(primary, "incr");
  const seconds = Math.round((Date.now() - began) / 1000);
  const rows = await load.stop();
  const set = (await repository.info()).sets.find((one) => one.label === label);
  const caught = await caughtUp(primary, repository, since);
  const lines = await proxy.requests();
  see(
    `200 ms and 1 MB/s: incremental of ${Math.round((set?.repositoryBytes ?? 0) / 1e6)} MB in ${seconds} s while ${rows} rows of 100 kB were written, caught up ${caught} s after; ${lines.length} requests, ${lines.filter(({ status }) => status === 0).length} given up`,
  );
  expect(set?.error).toBe(false);
  expect(lines.filter(({ status }) => status === 0).length).toBe(0);
  expect(await failures(primary)).toBe(before);
});

fault(39, file, async ({ primary, see, undo }) => {
  const repository = await openRepository(primary);
  const since = await currentSegment(primary);
  const proxy = await openStoreProxy(layout, ["primary"]);
  undo("the proxy", () => proxy.close());
  await proxy.control({
    rules: [
      { name: "hold", methods: ["PUT"], target: "/archive/", times: 1, action: { kind: "hold", ms: 45_000 } },
    ],
  });
  await mark(primary, "held");
  const began = Date.now();
  await switchSegment(primary);
  await caughtUp(primary, repository, since);
  const lasted = Math.round((Date.now() - began) / 1000);
  await sleep(Math.max(0, 50_000 - (Date.now() - began)));
  const all = (await proxy.requests()).filter(({ method }) => method === "PUT");
  // The first that came: the segment before this one may have been on its way.
  const held = all.find(({ rule }) => rule === "hold")?.target ?? "";
  const puts = all.filter(({ target }) => target === held);
  see(
    `a PUT of ${/[0-9A-F]{24}/.exec(held)?.[0]} held for 45 s: ${puts.length} PUTs of it, archived after ${lasted} s; pgBackRest gives a stalled connection up after its io-timeout of 30 s and signs anew, so a signature never gets 15 min old`,
  );
  expect(held).toMatch(/\/archive\/.*[0-9A-F]{24}/);
  expect(puts.some(({ rule, status }) => rule === null && status === 200)).toBe(true);
  const verify = await primary.exec(
    "postgres",
    backrest("verify", "--output=text", "--log-level-console=warn"),
  );
  expect(verify.exitCode, verify.stdout + verify.stderr).toBe(0);
});

fault(42, file, async ({ primary, see, undo }) => {
  const repository = await openRepository(primary);
  const full = await backUp(primary, "full");
  await backUp(primary, "incr");
  await caughtUp(primary, repository, await currentSegment(primary));
  const before = await repository.info();
  const segments = await repository.segments();
  const proxy = await openStoreProxy(layout, ["primary"]);
  undo("the proxy", () => proxy.close());
  const listings = [
    ["half an hour old", Date.now() - 1_800_000],
    ["empty", 0],
  ] as const;
  for (const [what, atMs] of listings) {
    await proxy.control({
      rules: [
        { name: "list", methods: ["GET"], target: "[?&]list-type=2", action: { kind: "list-before", atMs } },
      ],
    });
    const end = await jobEnded(primary, await startBackup(primary, "incr"));
    const label = end.lines.at(-1)?.label;
    const set = (await repository.info()).sets.find((one) => one.label === label);
    if (end.succeeded) {
      expect(set?.type).toBe("incr");
      expect(set?.references).toContain(full);
      see(`listings ${what}: ${label} is incremental, on ${full}`);
    } else {
      // It cannot see that its own WAL has arrived: error 082, and nothing is called a set.
      expect(end.log).toMatch(/\[082\]/);
      see(`listings ${what}: the backup fails with error 082 (its WAL cannot be seen), no set is made`);
    }
  }
  const changed = (await proxy.requests()).filter(({ rule }) => rule === "list");
  await proxy.close();
  expect(changed.length).toBeGreaterThan(0);
  const after = await repository.info();
  const kept = new Set(after.sets.map(({ label }) => label));
  expect(before.sets.map(({ label }) => label).filter((label) => !kept.has(label))).toEqual([]);
  const left = new Set(await repository.segments());
  expect(segments.filter((segment) => !left.has(segment))).toEqual([]);
  expect(gapsIn([...left].filter((segment) => segment >= (before.sets.at(-1)?.walStart ?? "")))).toEqual([]);
  see(
    `${changed.length} listings were changed; all ${before.sets.length} sets and ${segments.length} segments are still there`,
  );
});

fault(46, file, async ({ primary, see, undo }) => {
  const repository = await openRepository(primary);
  const since = await currentSegment(primary);
  undo("the store", storeAnswers);
  const load = await startLoad(primary);
  undo("the load", () => load.stop());
  const job = await startBackup(primary, "full");
  for (const pauseMs of [2500, 5000, 6000]) {
    await sleep(pauseMs);
    await killStore();
  }
  await storeAnswers();
  const end = await jobEnded(primary, job);
  const rows = await load.stop();
  const outcome = end.lines.map((line) => `${line.outcome} ${line.label ?? line.status}`).join(", ");
  const caught = await caughtUp(primary, repository, since);
  see(
    `the store killed three times: the full backup ended as ${outcome}; ${rows} rows written meanwhile, caught up after ${caught} s`,
  );
  const verify = await primary.exec(
    "postgres",
    backrest("verify", "--output=text", "--log-level-console=warn"),
  );
  expect(verify.exitCode, verify.stdout + verify.stderr).toBe(0);
  expect(verify.stdout).not.toMatch(/missing: [1-9]|checksum invalid: [1-9]|size invalid: [1-9]/);
  see("verify: every set and segment that is listed is whole");
  expect((await backUp(primary, "incr")).length).toBeGreaterThan(0);
});

fault(48, file, async ({ primary, see, undo }) => {
  const repository = await openRepository(primary);
  const since = await currentSegment(primary);
  const before = await failures(primary);
  const room = await replaceFile(storeFiles.part, (text) =>
    text.includes("volume.minFreeSpace")
      ? text
      : text.replace(
          "weed -logtostderr=true server",
          "weed -logtostderr=true server -volume.minFreeSpace=100TiB",
        ),
  );
  undo("room in the store", async () => {
    await room();
    await killStore();
    await storeAnswers();
  });
  await killStore();
  await storeAnswers();
  // The store looks at its disk once a minute.
  await sleep(20_000);
  await mark(primary, "full store");
  await switchSegment(primary);
  const job = await startBackup(primary, "incr");
  const end = await jobEnded(primary, job);
  const failed = await within("the archive command to fail", 120, async () => {
    const now = await failures(primary);
    return now > before ? { done: now - before } : { notYet: await archiver(primary) };
  });
  const stuck = await waiting(primary);
  const log = `${await databaseLog(primary, 180)}\n${end.log}`;
  const said = /(?:HTTP|status code|returned error)[^\n]*?\b(5\d\d)\b[^\n]*/i.exec(log)?.[0];
  see(
    `no room in the store: ${failed} failed archive commands, ${stuck} segments kept in pg_wal; the backup job ${end.succeeded ? "SUCCEEDED" : "failed"}: ${said?.slice(0, 160)}`,
  );
  expect(end.succeeded).toBe(false);
  expect(stuck).toBeGreaterThan(0);
  expect(said, log.slice(-4000)).toBeDefined();
  await primary.sql(database, "select count(*) from marker");
  await room();
  await killStore();
  await storeAnswers();
  see(`room again: caught up after ${await caughtUp(primary, repository, since)} s without a gap`);
});
