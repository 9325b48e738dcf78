// Shows: what the archive command, the restore command and a backup job tell their callers. Does not show that
// PostgreSQL asks again or that the repositories are filled; tests/lab and the drill do.
import { chmodSync, existsSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { jobRecordSchema } from "../../contract/job-record.ts";
import { PodFolder } from "./pod-scripts.ts";

let pod: PodFolder;
beforeEach(() => {
  pod = new PodFolder();
});
afterEach(() => pod.remove());

const segment = "pg_wal/000000020000000000000007";

describe("archive-push", () => {
  const push = (environment: Record<string, string> = {}) => pod.run("archive-push", [segment], environment);
  const inState = (name: string): boolean => existsSync(join(pod.state, name));
  const gap = (): string | null =>
    existsSync(join(pod.volume, "holdfast-gap-site")) ? pod.read("volume/holdfast-gap-site") : null;

  function open(...names: string[]): void {
    for (const name of names) pod.write(join(pod.state, name), "");
  }

  it("fails, and asks nobody, while the gate is shut", async () => {
    open("site-open");
    const { exitCode, calls } = await push();
    expect(exitCode).toBe(1);
    expect(calls).toEqual([]);
  });

  it("pushes to the third place, then to the site's own store", async () => {
    open("archive-open", "site-open");
    const { exitCode, calls } = await push();
    expect(exitCode).toBe(0);
    expect(calls.map((call) => call.split(" ").slice(0, 2).join(" "))).toEqual([
      "archive-offsite archive-push",
      "archive-site archive-push",
    ]);
    expect(gap()).toBeNull();
  });

  it("fails as the third place's repository does, and then leaves the site alone", async () => {
    open("archive-open", "site-open");
    pod.fakes.statuses = { "archive-push archive-offsite": 82 };
    pod.write(
      join(pod.root, "config", "archive-offsite.conf"),
      "repo1-s3-key=WRITER1\nrepo1-s3-key-secret=hidden\n",
    );
    const { exitCode, calls, stderr } = await push();
    expect(exitCode).toBe(82);
    expect(calls).toHaveLength(1);
    // What a person needs when a key was revoked: which one.
    expect(stderr).toContain("did not take 000000020000000000000007 (status 82), asked as WRITER1");
    expect(stderr).not.toContain("hidden");
  });

  it("succeeds when the site fails, marks the gap and opens the breaker", async () => {
    open("archive-open", "site-open");
    pod.fakes.statuses = { "archive-push archive-site": 49 };
    expect((await push()).exitCode).toBe(0);
    expect(gap()).toBe("000000020000000000000007\n");
    expect(inState("breaker-site")).toBe(true);
  });

  it("waits for a blackholed site no longer than its time-out", async () => {
    open("archive-open", "site-open");
    pod.fakes.statuses = { "archive-push archive-site": "hang" };
    const start = performance.now();
    expect((await push({ HF_SITE_PUSH_TIMEOUT: "1" })).exitCode).toBe(0);
    expect(performance.now() - start).toBeLessThan(30_000);
    expect(gap()).not.toBeNull();
  });

  it("does not even try while the breaker is open, and adds to the gap", async () => {
    open("archive-open", "site-open", "breaker-site");
    const { exitCode, calls } = await push();
    expect(exitCode).toBe(0);
    expect(calls).toHaveLength(1);
    expect(gap()).toBe("000000020000000000000007\n");
  });

  it("tries again after the breaker's time, and closes it; the gap stays until a full backup", async () => {
    open("archive-open", "site-open", "breaker-site");
    pod.write("volume/holdfast-gap-site", "000000020000000000000005\n");
    const old = Date.now() / 1000 - 61;
    utimesSync(join(pod.state, "breaker-site"), old, old);
    const { calls } = await push();
    expect(calls).toHaveLength(2);
    expect(inState("breaker-site")).toBe(false);
    expect(gap()).toBe("000000020000000000000005\n");
  });

  it("counts as a gap what was archived before the site's stanza was there", async () => {
    open("archive-open");
    const { exitCode, calls } = await push();
    expect(exitCode).toBe(0);
    expect(calls).toHaveLength(1);
    expect(gap()).not.toBeNull();
  });
});

describe("archive-get", () => {
  const get = () =>
    pod.run("archive-get", ["000000010000000000000003", join(pod.root, "target")], { HF_GET_RETRIES: "3" });

  it("asks the new epoch's path first, then the source's", async () => {
    pod.write("state/wal-sources", "restore-current restore\n");
    pod.fakes.statuses = { "archive-get restore-current": 1 };
    const { exitCode, calls } = await get();
    expect(exitCode).toBe(0);
    expect(calls.map((call) => call.split(" ")[0])).toEqual(["restore-current", "restore"]);
    expect(pod.read("target")).toBe("got\n");
  });

  it("says 'not there' only when every path said so", async () => {
    pod.write("state/wal-sources", "restore-current restore\n");
    pod.fakes.statuses = { "archive-get restore-current": 1, "archive-get restore": 1 };
    expect((await get()).exitCode).toBe(1);
  });

  it("stops PostgreSQL when a repository cannot be asked: a status up to 125 would promote with data missing", async () => {
    pod.write("state/wal-sources", "restore-current restore\n");
    pod.fakes.statuses = { "archive-get restore-current": 49 };
    const { exitCode, calls } = await get();
    expect(exitCode).toBeGreaterThan(125);
    // Not the source's either: the segment may be in the path that did not answer.
    expect(calls.map((call) => call.split(" ")[0])).toEqual([
      "restore-current",
      "restore-current",
      "restore-current",
    ]);
  });

  it("bears a short trouble", async () => {
    pod.write("state/wal-sources", "restore\n");
    pod.fakes.statuses = { "archive-get restore": [49, 49, 0] };
    const { exitCode, calls } = await get();
    expect(exitCode).toBe(0);
    expect(calls).toHaveLength(3);
  });
});

describe("a backup job", () => {
  const info = [
    { backup: [{ label: "20261125-010000F", type: "full", info: { size: 100, repository: { delta: 40 } } }] },
  ];

  it("reports what the repository holds", async () => {
    pod.fakes.info = { "job-offsite": info };
    const { exitCode, stdout, calls, put } = await pod.run("backup", ["full", "offsite"], {
      HF_ANNOTATIONS: "site=dr plan=abc",
    });
    expect(exitCode).toBe(0);
    expect(calls[0]).toMatch(
      /^job-offsite backup --stanza=main --type=full --annotation=site=dr --annotation=plan=abc/,
    );
    const record = {
      schemaVersion: 1,
      site: "dr",
      epoch: 2,
      repository: "offsite",
      kind: "full",
      outcome: "done",
      label: "20261125-010000F",
      bytes: 40,
      reason: null,
      detail: { type: "full", databaseBytes: 100 },
    };
    expect(Object.keys(put)).toEqual(["jobs/dr/offsite/full.json", "jobs/dr/offsite/full.success.json"]);
    for (const one of Object.values(put)) {
      expect(one).toMatchObject(record);
      expect(jobRecordSchema.parse(one).endedAtMs).toBeGreaterThan(0);
    }
    expect(JSON.parse(stdout)).toEqual({
      event: "backup",
      requested: "full",
      repository: "offsite",
      outcome: "done",
      label: "20261125-010000F",
      type: "full",
      bytes: 40,
      databaseBytes: 100,
    });
  });

  it("fails, and names files and the newest clean set, when pages were corrupt at the source", async () => {
    const [clean] = info[0]?.backup ?? [];
    const damaged = { ...clean, label: "20261126-010000F", error: true, "error-list": ["base/5/16387"] };
    // The fake's one answer serves both `info` and `info --set`.
    pod.fakes.info = { "job-offsite": [{ backup: [{ ...clean, ...damaged }] }] };
    const { exitCode, stdout, put } = await pod.run("backup", ["full", "offsite"]);
    expect(exitCode).toBe(65);
    expect(put).toMatchObject({
      "jobs/dr/offsite/full.json": {
        outcome: "failed",
        label: "20261126-010000F",
        reason: "1 files have pages with a wrong checksum at the source",
        detail: { damaged: ["base/5/16387"], newestClean: null },
      },
    });
    expect(Object.keys(put)).toHaveLength(1);
    expect(JSON.parse(stdout)).toMatchObject({
      outcome: "damaged",
      label: "20261126-010000F",
      damaged: ["base/5/16387"],
      newestClean: null,
    });
  });

  it("is skipped, not failed, at another backup's lock", async () => {
    pod.fakes.statuses = { "backup job-site": 50 };
    const { exitCode, stdout, put } = await pod.run("backup", ["incr", "site"]);
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ outcome: "skipped", repository: "site" });
    // Nothing was made: what succeeded last is still another run's.
    expect(put).toMatchObject({
      "jobs/dr/site/incr.json": { outcome: "skipped", label: null, reason: "another backup holds the lock" },
    });
    expect(Object.keys(put)).toHaveLength(1);
  });

  it("is skipped too where another host's lock is met at the server's side, and failed where it is not", async () => {
    pod.fakes.statuses = { "backup job-site": 56 };
    pod.fakes.said = {
      "job-site": "WARN: unable to check pg1: [LockAcquireError] raised from remote-0 tls protocol",
    };
    const skipped = await pod.run("backup", ["incr", "site"]);
    expect(skipped.exitCode).toBe(0);
    expect(JSON.parse(skipped.stdout)).toMatchObject({ outcome: "skipped" });
    pod.fakes.said = { "job-site": "WARN: unable to check pg1: [DbConnectError] connection refused" };
    const failed = await pod.run("backup", ["incr", "site"]);
    expect(failed.exitCode).toBe(56);
    expect(JSON.parse(failed.stdout)).toMatchObject({ outcome: "failed", status: 56 });
  });

  it("judges by all that pgBackRest said, however late it is written down", async () => {
    pod.write(join(pod.root, "path", "tee"), '#!/bin/sh\nsleep 1\nexec /usr/bin/tee "$@"\n');
    chmodSync(join(pod.root, "path", "tee"), 0o755);
    pod.fakes.statuses = { "backup job-site": 56 };
    pod.fakes.said = {
      "job-site": "WARN: unable to check pg1: [LockAcquireError] raised from remote-0 tls protocol",
    };
    const { stdout } = await pod.run("backup", ["incr", "site"]);
    expect(JSON.parse(stdout)).toMatchObject({ outcome: "skipped" });
  });

  it("fails with pgBackRest's own status", async () => {
    pod.fakes.statuses = { "backup job-site": 82 };
    pod.write(join(pod.root, "config", "job-site.conf"), "repo1-s3-key=SITE1\nrepo1-s3-key-secret=hidden\n");
    const { exitCode, stdout, put } = await pod.run("backup", ["full", "site"]);
    expect(exitCode).toBe(82);
    expect(JSON.parse(stdout)).toMatchObject({ outcome: "failed", status: 82, identity: "SITE1" });
    expect(put).toMatchObject({
      "jobs/dr/site/full.json": { outcome: "failed", reason: "pgBackRest ended with status 82" },
    });
  });

  it("is done without its record too, and says that it is missing", async () => {
    pod.fakes.info = { "job-offsite": info };
    pod.fakes.unreachable = true;
    const { exitCode, stdout, stderr, put } = await pod.run("backup", ["full", "offsite"]);
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ outcome: "done" });
    expect(stderr).toContain("record-not-written");
    expect(put).toEqual({});
  });

  it("tells its end when it is ended from outside", async () => {
    pod.fakes.info = { "job-offsite": info };
    pod.fakes.statuses = { "backup job-offsite": "hang" };
    // As kubelet does it: TERM to the first process alone.
    const underWay = `grep -q "^job-offsite backup" "$FAKES/calls" 2>/dev/null`;
    pod.putCommand(
      "killed",
      `"$HF_BIN/backup" full offsite &\nuntil ${underWay}; do sleep 0.1; done; sleep 0.5; kill -TERM $!; wait $!`,
    );
    const { exitCode, put } = await pod.run("killed");
    expect(exitCode).not.toBe(0);
    expect(put).toMatchObject({
      "jobs/dr/offsite/full.json": {
        outcome: "failed",
        reason: expect.stringMatching(/^ended from outside/),
      },
    });
  });
});

describe("a verify", () => {
  const sound = [
    "stanza: main",
    "status: ok",
    "  archiveId: 18-1, total WAL checked: 2, total valid WAL: 2",
    "    missing: 0, checksum invalid: 0, size invalid: 0, other: 0",
    "  backup: 20261125-010000F, status: valid, total files checked: 968, total valid files: 968",
    "    missing: 0, checksum invalid: 0, size invalid: 0, other: 0",
  ].join("\n");
  const info = [{ backup: [{ label: "20261125-010000F" }] }];

  it("reads the third place with keys that only read, and says how much it read", async () => {
    pod.fakes.info = { "restore-current": info };
    pod.fakes.said = { "restore-current": sound };
    const { exitCode, stdout, put, calls } = await pod.run("verify", ["offsite"]);
    expect(exitCode).toBe(0);
    expect(calls[0]).toMatch(/^restore-current verify /);
    expect(JSON.parse(stdout)).toMatchObject({ event: "verify", outcome: "done", checked: 970 });
    expect(jobRecordSchema.parse(put["jobs/dr/offsite/verify.success.json"])).toMatchObject({
      kind: "verify",
      label: "20261125-010000F",
      detail: { checked: 970, missing: 0, invalidSets: [] },
    });
  });

  it("fails on pgBackRest's words, though its status is 0, and is not tried again", async () => {
    pod.fakes.info = { "job-site": info };
    pod.fakes.said = {
      "job-site": sound
        .replace("status: ok", "status: error")
        .replace(
          "status: valid, total files checked: 968, total valid files: 968",
          "status: invalid, total files checked: 968, total valid files: 967",
        )
        .replace(
          /missing: 0, checksum invalid: 0(?=, size invalid: 0, other: 0$)/,
          "missing: 0, checksum invalid: 1",
        ),
    };
    const { exitCode, stdout, put } = await pod.run("verify", ["site"]);
    expect(exitCode).toBe(65);
    expect(JSON.parse(stdout)).toMatchObject({ outcome: "failed", checksumInvalid: 1 });
    expect(put).toMatchObject({
      "jobs/dr/site/verify.json": {
        outcome: "failed",
        reason: expect.stringContaining(
          "1 with another checksum, 0 with another size, sets 20261125-010000F",
        ),
      },
    });
    expect(Object.keys(put)).toHaveLength(1);
  });

  it("is not sound because nothing was said", async () => {
    pod.fakes.statuses = { "verify job-site": 49 };
    const { exitCode, put } = await pod.run("verify", ["site"]);
    expect(exitCode).toBe(49);
    expect(put).toMatchObject({ "jobs/dr/site/verify.json": { outcome: "failed" } });
  });
});
