// Shows: every decision of the restore init container, on fake programs. Does not show that pgBackRest restores;
// tests/lab and the drill do.
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { PodFolder } from "./pod-scripts.ts";

let pod: PodFolder;

beforeEach(() => {
  pod = new PodFolder();
  pod.fakes.objects = { "epoch.json": epochObject(2, "dr") };
  pod.fakes.info = { "restore-current": empty, restore: holding({ max: "00000001000000000000002A" }) };
});
afterEach(() => pod.remove());

const system = "7000000000000000001";
const empty = [
  { backup: [], archive: [], db: [], repo: [{ status: { code: 1, message: "missing stanza path" } }] },
];
const restored = "20261125-010000F";

function epochObject(epoch: number, site: string): string {
  return JSON.stringify({ schemaVersion: 1, epoch, site });
}

function holding({
  max,
  sets = 1,
  systemId = system,
}: {
  max: string;
  sets?: number;
  systemId?: string;
}): unknown {
  return [
    {
      archive: [{ id: "18-1", min: "000000010000000000000001", max }],
      backup: Array.from({ length: sets }, () => ({ label: restored, type: "full", error: false })),
      db: [{ id: 1, "system-id": systemId, version: "18" }],
      repo: [{ status: { code: sets === 0 ? 2 : 0, message: "" } }],
    },
  ];
}

const restores = (calls: readonly string[]): readonly string[] =>
  calls.filter((call) => / restore /.test(call));
const run = (environment: Record<string, string> = {}) => pod.run("restore", [], environment);

describe("an empty volume", () => {
  it("is filled from the source epoch while the current one holds no set", async () => {
    const { exitCode, calls } = await run({ HF_RUN: "r1" });
    expect(exitCode).toBe(0);
    expect(restores(calls)).toHaveLength(1);
    expect(restores(calls)[0]).toMatch(/^restore restore .*--type=default --target-timeline=1 /);
    expect(restores(calls)[0]).toMatch(/--recovery-option=restore_command=\S*archive-get %f %p/);
    expect(restores(calls)[0]).not.toContain("--delta");
    expect(pod.marker()).toEqual({
      state: "complete",
      systemIdentifier: system,
      epoch: 2,
      run: "r1",
      set: restored,
    });
    expect(pod.read("state/wal-sources")).toBe("restore\n");
  });

  it("is filled from the current epoch as soon as that holds a set: deleted after a promotion", async () => {
    pod.fakes.info["restore-current"] = holding({ max: "000000020000000000000031" });
    pod.fakes.listed = { "restore-current": ["00000002.history"] };
    const { exitCode, calls } = await run();
    expect(exitCode).toBe(0);
    expect(restores(calls)[0]).toMatch(/^restore-current restore .*--target-timeline=2 /);
    expect(pod.read("state/wal-sources")).toBe("restore-current restore\n");
  });

  it("uses WAL of the new epoch on top of the old one's set: killed before its first full backup ended", async () => {
    pod.fakes.info["restore-current"] = holding({ max: "000000020000000000000031", sets: 0 });
    pod.fakes.listed = { "restore-current": ["00000002.history"] };
    const { exitCode, calls } = await run();
    expect(exitCode).toBe(0);
    // The new timeline's history lies in the other path, where pgBackRest would not look for it.
    expect(restores(calls)[0]).toMatch(/^restore restore .*--recovery-option=recovery_target_timeline=2 /);
    expect(restores(calls)[0]).not.toContain("--target-timeline");
    expect(pod.read("state/wal-sources")).toBe("restore-current restore\n");
  });

  it("becomes a new cluster only where no epoch ever was", async () => {
    pod.fakes.objects = { "epoch.json": epochObject(1, "primary") };
    const { exitCode, calls } = await run({ HF_SITE: "primary", HF_EPOCH: "1", HF_SOURCE_EPOCH: "0" });
    expect(exitCode).toBe(0);
    expect(restores(calls)).toEqual([]);
    expect(calls.filter((call) => call.startsWith("initdb"))).toHaveLength(1);
    expect(calls.join("\n")).toContain("--data-checksums");
    expect(pod.marker()).toMatchObject({ state: "complete", epoch: 1, systemIdentifier: system });
  });

  it("does not become a new cluster where the first epoch has archived: data was here", async () => {
    pod.fakes.objects = { "epoch.json": epochObject(1, "primary") };
    pod.fakes.info["restore-current"] = holding({ max: "000000010000000000000003", sets: 0 });
    const { exitCode, calls, stderr } = await run({
      HF_SITE: "primary",
      HF_EPOCH: "1",
      HF_SOURCE_EPOCH: "0",
    });
    expect(exitCode).toBe(1);
    expect(stderr).toContain("already holds an archive but no backup set");
    expect(calls.some((call) => call.startsWith("initdb"))).toBe(false);
  });

  it("does not become a new cluster in a later epoch", async () => {
    const { exitCode, stderr, calls } = await run({ HF_SOURCE_EPOCH: "0" });
    expect(exitCode).toBe(1);
    expect(stderr).toContain("epoch 2 has no source epoch");
    expect(calls.some((call) => call.startsWith("initdb"))).toBe(false);
  });

  it("is refused when the source holds no set, and says so", async () => {
    pod.fakes.info.restore = empty;
    const { exitCode, stderr } = await run();
    expect(exitCode).toBe(1);
    expect(stderr).toContain("epoch 1's path in the offsite repository holds no backup set");
    expect(stderr).not.toContain("delete markers");
    expect(pod.status().error).toContain("holds no backup set");
  });

  it("names the delete markers, and the time before them, when the repository was deleted", async () => {
    pod.fakes.info.restore = empty;
    const marker = (latest: boolean, time: string): string =>
      `<DeleteMarker><Key>k</Key><IsLatest>${latest}</IsLatest><LastModified>${time}</LastModified></DeleteMarker>`;
    pod.fakes.objects.versions = [
      "<ListVersionsResult>",
      "<Version><Key>k</Key><IsLatest>false</IsLatest><LastModified>2026-11-25T01:00:00.000Z</LastModified></Version>",
      marker(false, "2026-11-24T00:00:00.000Z"),
      marker(true, "2026-11-25T02:00:05.000Z"),
      marker(true, "2026-11-25T02:00:03.000Z"),
      "</ListVersionsResult>",
    ].join("");
    const { exitCode, stderr } = await run();
    expect(exitCode).toBe(1);
    expect(stderr).toContain("delete markers since 2026-11-25T02:00:03.000Z");
    expect(stderr).toContain('--repo-target-time="2026-11-25 02:00:02+00"');
  });

  it.each([
    [99, "[CryptoError] unable to flush", "unable to flush"],
    [99, "[HostConnectError] timeout connecting", "timeout connecting"],
  ])("is refused when the repository cannot be read (%d %s)", async (code, message, expected) => {
    pod.fakes.info.restore = [{ backup: [], archive: [], repo: [{ status: { code, message } }] }];
    const { exitCode, stderr } = await run();
    expect(exitCode).toBe(1);
    expect(stderr).toContain("the repository could not be read");
    expect(stderr).toContain(expected);
  });

  it("is refused in words when the message holds what another key decrypted", async () => {
    pod.fakes.info.restore = empty;
    pod.fakes.raw = {
      restore: `[{"repo":[{"status":{"code":99,"message":"invalid key \u0001\u001f\u0002'x'"}}]}]`,
    };
    const { exitCode, stderr } = await run();
    expect(exitCode).toBe(1);
    expect(stderr).toContain("the repository could not be read");
    expect(stderr).toContain("invalid key");
  });

  it("stays known as half done when the restore fails", async () => {
    pod.fakes.statuses = { "restore restore": 29 };
    const { exitCode, stderr } = await run();
    expect(exitCode).toBe(1);
    expect(stderr).toContain("pgbackrest restore failed");
    expect(pod.marker()).toMatchObject({ state: "restoring", epoch: 2 });
  });
});

describe("the timeline", () => {
  beforeEach(() => {
    pod.fakes.info.restore = holding({ max: "00000003000000000000002A" });
  });

  it("is the archive's newest", async () => {
    pod.fakes.listed = { restore: ["00000003.history"] };
    expect(restores((await run()).calls)[0]).toContain("--target-timeline=3 ");
  });

  it("is the run's, where a run asks for one", async () => {
    pod.fakes.listed = { restore: ["00000002.history"] };
    pod.write("bin/run.env", "HF_RUN='r2'\nHF_RECOVERY_TIMELINE='2'\n");
    const { calls } = await run();
    expect(restores(calls)[0]).toContain("--target-timeline=2 ");
    expect(calls.find((call) => call.includes("repo-ls"))).toContain("00000002.history");
    expect(pod.marker().run).toBe("r2");
  });

  it("is this epoch's own once it has archived, whatever the run asked for when it took over", async () => {
    pod.fakes.info["restore-current"] = holding({ max: "000000040000000000000031" });
    pod.fakes.listed = { "restore-current": ["00000004.history"] };
    pod.write("bin/run.env", "HF_RUN='r2'\nHF_RECOVERY_TIMELINE='3'\n");
    expect(restores((await run()).calls)[0]).toMatch(/^restore-current restore .*--target-timeline=4 /);
  });

  it("is refused without its history, and beyond the archive's newest", async () => {
    const without = await run();
    expect(without.exitCode).toBe(1);
    expect(without.stderr).toContain("timeline 3 is asked for, but its .history is not in the archive");
    const beyond = await run({ HF_RECOVERY_TIMELINE: "4" });
    expect(beyond.exitCode).toBe(1);
    expect(beyond.stderr).toContain("timeline 4 is asked for, but the archive's newest is 3");
  });

  it("of sixteen is read as hexadecimal", async () => {
    pod.fakes.info.restore = holding({ max: "00000010000000000000002A" });
    pod.fakes.listed = { restore: ["00000010.history"] };
    expect(restores((await run()).calls)[0]).toContain("--target-timeline=16 ");
  });
});

describe("a volume with a marker", () => {
  const mark = { state: "complete", systemIdentifier: system, epoch: 2, run: null, set: restored };

  it("of the same epoch is started as it is", async () => {
    pod.putData(system);
    pod.putMarker(mark);
    const { exitCode, calls } = await run();
    expect(exitCode).toBe(0);
    expect(calls).toEqual([]);
    expect(pod.status()).toMatchObject({ phase: "restore", backupSet: restored, systemIdentifier: system });
  });

  it("of an older epoch is brought forward with --delta, its dead server's pid file gone", async () => {
    pod.putData(system, { "postmaster.pid": "1" });
    pod.putMarker({ ...mark, epoch: 1 });
    const { exitCode, calls } = await run();
    expect(exitCode).toBe(0);
    expect(restores(calls)[0]).toContain(" --delta ");
    expect(pod.dataFiles()).not.toContain("postmaster.pid");
    expect(pod.marker()).toMatchObject({ state: "complete", epoch: 2 });
  });

  it("of an older epoch of another system is refused", async () => {
    pod.putData("9");
    pod.putMarker({ ...mark, epoch: 1, systemIdentifier: "9" });
    const { exitCode, stderr, calls } = await run();
    expect(exitCode).toBe(1);
    expect(stderr).toContain("nothing to do with each other");
    expect(restores(calls)).toEqual([]);
  });

  it("of a later epoch is refused: an old stack file", async () => {
    pod.putData(system);
    pod.putMarker({ ...mark, epoch: 3 });
    const { exitCode, stderr } = await run();
    expect(exitCode).toBe(1);
    expect(stderr).toContain("the volume belongs to epoch 3");
  });

  it("and a data directory that somebody replaced is refused", async () => {
    pod.putData("9");
    pod.putMarker(mark);
    const { exitCode, stderr } = await run();
    expect(exitCode).toBe(1);
    expect(stderr).toContain("somebody replaced it");
  });

  it("and no data at all is refused: the emptiness is news to us", async () => {
    pod.putMarker(mark);
    const { exitCode, stderr, calls } = await run();
    expect(exitCode).toBe(1);
    expect(stderr).toContain("the data directory is empty");
    expect(restores(calls)).toEqual([]);
  });

  it("of a killed restore goes on with what is there", async () => {
    pod.putData(system, { "backup.manifest": "x" });
    pod.putMarker({ ...mark, state: "restoring", systemIdentifier: null });
    const { exitCode, calls } = await run();
    expect(exitCode).toBe(0);
    expect(restores(calls)[0]).toContain(" --delta ");
  });

  it("of a restore killed before it knew its files starts again from nothing", async () => {
    pod.putData(system, { leftover: "x" });
    pod.putMarker({ ...mark, state: "restoring", systemIdentifier: null });
    const { exitCode, calls } = await run();
    expect(exitCode).toBe(0);
    expect(restores(calls)[0]).not.toContain("--delta");
    expect(pod.dataFiles()).not.toContain("leftover");
  });
});

it("data without a marker is refused, and left alone", async () => {
  pod.putData(system, { precious: "x" });
  const { exitCode, stderr, calls } = await run();
  expect(exitCode).toBe(1);
  expect(stderr).toContain("without a marker of ours");
  expect(calls).toEqual([]);
  expect(pod.dataFiles()).toContain("precious");
});

describe("the third place", () => {
  it("is asked before anything else: unreachable, the start fails closed", async () => {
    pod.putData(system);
    pod.putMarker({ state: "complete", systemIdentifier: system, epoch: 2 });
    pod.fakes.unreachable = true;
    const { exitCode, stderr } = await run();
    expect(exitCode).toBe(1);
    expect(stderr).toContain("the third place does not answer");
  });

  it.each([
    ["another site took the next epoch", epochObject(3, "primary"), "says epoch 3 of primary"],
    ["another site has this epoch", epochObject(2, "primary"), "says epoch 2 of primary"],
    ["the epoch is older", epochObject(1, "dr"), "says epoch 1 of dr"],
  ])("refuses a site that comes back after %s", async (_, object, expected) => {
    pod.putData(system);
    pod.putMarker({ state: "complete", systemIdentifier: system, epoch: 2 });
    pod.fakes.objects["epoch.json"] = object;
    const { exitCode, stderr } = await run();
    expect(exitCode).toBe(1);
    expect(stderr).toContain(expected);
  });

  it("refuses a fenced site, and not one fenced by an epoch before its own", async () => {
    pod.fakes.objects.dr = JSON.stringify({ epoch: 3, fencedSite: "dr" });
    const fenced = await run();
    expect(fenced.exitCode).toBe(1);
    expect(fenced.stderr).toContain("dr is fenced since epoch 3");
    pod.fakes.objects.dr = JSON.stringify({ epoch: 1, fencedSite: "dr" });
    expect((await run()).exitCode).toBe(0);
  });

  describe("lets a rehearsal", () => {
    const rehearse = (environment: Record<string, string> = {}) =>
      run({ HF_ROLE: "rehearsal", HF_SOURCE_EPOCH: "2", ...environment });
    beforeEach(() => {
      pod.fakes.objects["epoch.json"] = epochObject(2, "primary");
      pod.fakes.info.restore = holding({ max: "000000030000000000000031" });
      pod.fakes.info["restore-current"] = holding({ max: "000000030000000000000031" });
      pod.fakes.listed = { restore: ["00000002.history", "00000003.history"] };
    });

    it("restore what another site holds", async () => {
      const { exitCode, calls } = await rehearse();
      expect(exitCode).toBe(0);
      expect(restores(calls)[0]).toMatch(/^restore restore .*--target-timeline=3 /);
      expect(pod.read("state/wal-sources")).toBe("restore\n");
    });

    it("see nothing that was stored after T0, in sets, histories and WAL", async () => {
      const asOf = "2026-11-26 18:00:00+00";
      const { exitCode, calls } = await rehearse({ HF_RECOVERY_AS_OF: asOf, HF_RECOVERY_TIMELINE: "2" });
      expect(exitCode).toBe(0);
      const asked = calls.filter((call) => / (info|restore|repo-ls) /.test(call));
      expect(asked.length).toBeGreaterThanOrEqual(3);
      for (const call of asked) expect(call).toContain(`--repo-target-time=${asOf}`);
      expect(restores(calls)[0]).toContain("--target-timeline=2 ");
      expect(pod.marker()).toMatchObject({ recovery: { kind: "latest", asOf } });
      expect(pod.read("state/wal-sources")).toBe("restore\n");
      expect(pod.read("state/wal-as-of")).toBe(`${asOf}\n`);
    });

    it("not become a new cluster where there was no set at T0", async () => {
      pod.fakes.info.restore = empty;
      const { exitCode, stderr, calls } = await rehearse({ HF_RECOVERY_AS_OF: "2026-11-26 18:00:00+00" });
      expect(exitCode).toBe(1);
      expect(stderr).toContain(
        "epoch 2's path in the offsite repository holds no backup set as of 2026-11-26",
      );
      expect(calls.some((call) => call.startsWith("initdb"))).toBe(false);
    });
  });
});

describe("what a restore leaves", () => {
  it("has no archive settings of the old site, and keeps the others", async () => {
    await run();
    const settings = pod.read("volume/pgdata/postgresql.auto.conf");
    expect(settings).toBe("work_mem = '8MB'\n");
  });

  it("raises what the restored cluster needs more of, and only that", async () => {
    await run();
    const { calls } = await pod.run("start", ["-c", "max_connections=100"]);
    const started = calls.filter((call) => call.startsWith("postgres "));
    expect(started).toEqual([`postgres -D ${pod.pgData} -c max_connections=100 -c max_connections=200`]);
  });

  it("tells its progress", async () => {
    const { stderr } = await run();
    const events = stderr
      .split("\n")
      .filter((line) => line.startsWith("{"))
      .map((line) => JSON.parse(line) as { event: string; percent?: number });
    expect(events.find(({ event }) => event === "progress")?.percent).toBe(12);
    expect(pod.status()).toMatchObject({ phase: "restore", backupSet: restored });
  });
});
