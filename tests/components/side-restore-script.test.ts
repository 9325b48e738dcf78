// Shows: the decisions of the pod that makes a copy beside production, on fake programs. Does not show that the copy
// is right; tests/faults/recover.test.ts does.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { PodFolder } from "./pod-scripts.ts";

let pod: PodFolder;

const system = "7000000000000000001";
const label = "20261125-010000F";

beforeEach(() => {
  pod = new PodFolder();
  // No third place to ask: a copy takes no term.
  pod.fakes.unreachable = true;
  pod.fakes.info.restore = [
    {
      archive: [{ id: "18-1", min: "000000010000000000000001", max: "000000010000000000000010" }],
      backup: [
        {
          label,
          error: false,
          timestamp: { start: 1, stop: 2 },
          lsn: { start: "0/1", stop: "0/5" },
          info: { size: 1000 },
        },
      ],
      db: [{ id: 1, "system-id": system, version: "18" }],
      repo: [{ status: { code: 0, message: "" } }],
    },
  ];
});
afterEach(() => pod.remove());

const run = (environment: Record<string, string> = {}, args: readonly string[] = []) =>
  pod.run("side-restore.sh", args, { HF_EPOCH: "1", PGHOST: pod.root, ...environment });
const started = (calls: readonly string[]) => calls.filter((call) => call.startsWith("postgres "));

describe("a copy", () => {
  it("is restored, started and promoted, and archives nothing whatever it is told", async () => {
    const { exitCode, calls, stderr } = await run({}, ["-c", "archive_mode=on", "-c", "work_mem=8MB"]);
    expect(exitCode, stderr).toBe(0);
    expect(calls.find((call) => / restore /.test(call))).toMatch(
      /^restore restore .*--type=default --target-timeline=1 --set=20261125-010000F /,
    );
    const [server = ""] = started(calls);
    expect(server).toContain("work_mem=8MB");
    expect(server.lastIndexOf("archive_mode=off")).toBeGreaterThan(server.indexOf("archive_mode=on"));
    expect(server).toMatch(/ -c listen_addresses= -c unix_socket_directories=/);
    expect(pod.status()).toMatchObject({ phase: "ready", error: null, backupSet: label, timeline: 2 });
    expect(pod.read("state/wal-sources")).toBe("restore\n");
    expect(pod.read("state/ready")).toBe("");
  });

  it("asks further configs for WAL when told so", async () => {
    await run({ HF_SIDE_WAL: "restore-current" });
    expect(pod.read("state/wal-sources")).toBe("restore restore-current\n");
  });

  it("that does not reach its target says PostgreSQL's reason and is never ready", async () => {
    pod.fakes.server = { fatal: "recovery ended before configured recovery target was reached" };
    const { exitCode } = await run({ HF_RECOVERY_KIND: "name", HF_RECOVERY_TARGET: "nowhere" });
    expect(exitCode).toBe(1);
    expect(pod.status()).toMatchObject({ phase: "replay" });
    expect(pod.status().error).toContain("recovery ended before configured recovery target was reached");
    expect(() => pod.read("state/ready")).toThrow();
  });

  it("without a fallback ends at a damaged set", async () => {
    pod.fakes.damaged = { [label]: "[026]: checksum" };
    const { exitCode, calls } = await run({ HF_RECOVERY_FALLBACK: "no" });
    expect(exitCode).toBe(1);
    expect(started(calls)).toEqual([]);
    expect(pod.status().error).toContain("[026]: checksum");
  });

  it("goes on with what it has when its pod starts again, and is not restored over", async () => {
    await run();
    const again = await run();
    expect(again.exitCode).toBe(0);
    expect(again.calls.filter((call) => / restore /.test(call))).toEqual([]);
    expect(started(again.calls)).toHaveLength(1);
  });
});

describe("is refused", () => {
  it("over data that nobody knows", async () => {
    pod.putData(system, { precious: "x" });
    const { exitCode, stderr, calls } = await run();
    expect(exitCode).toBe(1);
    expect(stderr).toContain("holds no marker of ours");
    expect(calls).toEqual([]);
    expect(pod.dataFiles()).toContain("precious");
  });

  it("over another copy", async () => {
    await run();
    const { exitCode, stderr } = await run({ HF_RECOVERY_KIND: "lsn", HF_RECOVERY_TARGET: "0/6000000" });
    expect(exitCode).toBe(1);
    expect(stderr).toContain("the volume holds another copy");
  });

  it("into a directory on which a server runs", async () => {
    // A process that Linux calls postgres, as a server's is.
    const server = spawn("bash", ["-c", "printf postgres >/proc/self/comm; read -r _"]);
    await once(server, "spawn");
    try {
      pod.putData(system, { "postmaster.pid": `${server.pid}\n` });
      pod.putMarker({ state: "restoring", systemIdentifier: null, epoch: 1, run: null, set: null });
      await expect.poll(() => pod.commOf(server.pid ?? 0), { timeout: 20_000 }).toBe("postgres");
      const { exitCode, stderr, calls } = await run();
      expect(exitCode).toBe(1);
      expect(stderr).toContain(`process ${server.pid}) is running on`);
      expect(calls.filter((call) => / restore /.test(call))).toEqual([]);
    } finally {
      server.kill();
    }
  });

  it("with the pid file of a server that is dead it goes on", async () => {
    pod.putData(system, { "postmaster.pid": "1\n" });
    pod.putMarker({ state: "restoring", systemIdentifier: null, epoch: 1, run: null, set: null });
    expect((await run()).exitCode).toBe(0);
  });

  it("of another cluster", async () => {
    const { exitCode, stderr } = await run({ HF_SYSTEM_IDENTIFIER: "9" });
    expect(exitCode).toBe(1);
    expect(stderr).toContain(`the repository is of system ${system}, not of 9`);
  });

  it("where the claim is smaller than the set, though the disk is not", async () => {
    const { exitCode, stderr } = await run({ HF_CLAIM_BYTES: "1049" });
    expect(exitCode).toBe(1);
    expect(stderr).toContain("the volume is too small");
    expect((await run({ HF_CLAIM_BYTES: "1050" })).exitCode).toBe(0);
  });

  it("from a path that holds no set", async () => {
    pod.fakes.info.restore = [{ backup: [], archive: [], repo: [{ status: { code: 1, message: "" } }] }];
    const { exitCode, stderr } = await run();
    expect(exitCode).toBe(1);
    expect(stderr).toContain("path /epochs/1 holds no backup set");
  });
});
