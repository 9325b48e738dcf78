// Shows: where the restore init container ends a recovery, with which set it begins, what it refuses before a byte is
// moved, and how it falls back to the set before a damaged one; on fake programs. Does not show that pgBackRest and
// PostgreSQL get there; tests/faults/recover.test.ts does.
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { PodFolder } from "./pod-scripts.ts";

let pod: PodFolder;

const system = "7000000000000000001";
const empty = [
  { backup: [], archive: [], db: [], repo: [{ status: { code: 1, message: "missing stanza path" } }] },
];

interface SetInfo {
  readonly label: string;
  /** UTC, of 2026-11-25. */
  readonly stop: string;
  readonly lsn: string;
  readonly error?: boolean;
  readonly size?: number;
}

const full: SetInfo = { label: "20261125-010000F", stop: "01:00:30", lsn: "0/5000100" };
const diff: SetInfo = { label: "20261125-010000F_20261125-020000D", stop: "02:00:30", lsn: "0/9000100" };
const incr: SetInfo = { label: "20261125-010000F_20261125-030000I", stop: "03:00:30", lsn: "0/D000100" };
const newestSegment = "000000010000000000000010";

const at = (time: string): number => Date.parse(`2026-11-25T${time}Z`) / 1000;

function holding(sets: readonly SetInfo[], max = newestSegment): unknown {
  return [
    {
      archive: [{ id: "18-1", min: "000000010000000000000001", max }],
      backup: sets.map(({ label, stop, lsn, error = false, size = 1000 }) => ({
        label,
        error,
        timestamp: { start: at(stop) - 30, stop: at(stop) },
        lsn: { start: "0/1", stop: lsn },
        info: { size },
      })),
      db: [{ id: 1, "system-id": system, version: "18" }],
      repo: [{ status: { code: 0, message: "" } }],
    },
  ];
}

beforeEach(() => {
  pod = new PodFolder();
  pod.fakes.objects = { "epoch.json": JSON.stringify({ schemaVersion: 1, epoch: 2, site: "dr" }) };
  pod.fakes.info = { "restore-current": empty, restore: holding([full, diff, incr]) };
  pod.fakes.stored = { restore: at("03:30:00") };
});
afterEach(() => pod.remove());

const restores = (calls: readonly string[]): readonly string[] =>
  calls.filter((call) => /^\S+ restore /.test(call));

type Asked = Readonly<
  Partial<Record<"KIND" | "TARGET" | "SET" | "EXCLUSIVE" | "AS_OF" | "REPOSITORY", string>>
>;

function ask(asked: Asked): Promise<Awaited<ReturnType<PodFolder["run"]>>> {
  const lines = Object.entries(asked).map(([name, value]) => `HF_RECOVERY_${name}='${value}'\n`);
  pod.write("bin/run.env", `HF_RUN='r1'\n${lines.join("")}`);
  return pod.run("restore");
}

describe("a target", () => {
  it.each<[string, Asked, SetInfo, RegExp]>([
    ["nothing asked", {}, incr, /--type=default --target-timeline=1 --set=/],
    [
      "a time between two sets",
      { KIND: "time", TARGET: "2026-11-25 02:30:00+00" },
      diff,
      /--type=time --target=2026-11-25 02:30:00\+00 --target-action=promote --target-timeline=1 --set=/,
    ],
    [
      "a time with another zone",
      { KIND: "time", TARGET: "2026-11-25 03:30:00.5+02" },
      full,
      /--target=2026-11-25 03:30:00\.5\+02 /,
    ],
    [
      "just before a time",
      { KIND: "time", TARGET: "2026-11-25 03:10:00+00", EXCLUSIVE: "yes" },
      incr,
      /--target-action=promote --target-exclusive /,
    ],
    [
      "an LSN after the last set",
      { KIND: "lsn", TARGET: "0/E000000" },
      incr,
      /--type=lsn --target=0\/E000000 /,
    ],
    ["an LSN at a set's very end", { KIND: "lsn", TARGET: "0/9000100" }, diff, /--type=lsn /],
    ["a name", { KIND: "name", TARGET: "before-deploy" }, incr, /--type=name --target=before-deploy /],
    [
      "a name, from a set of before it",
      { KIND: "name", TARGET: "before-deploy", SET: full.label },
      full,
      /--type=name --target=before-deploy /,
    ],
    [
      "a set, to its end",
      { KIND: "set", SET: diff.label },
      diff,
      /--type=immediate --target-action=promote --recovery-option=recovery_target_timeline=1 --set=/,
    ],
  ])("%s begins from the right set", async (_, asked, set, options) => {
    const { exitCode, calls, stderr } = await ask(asked);
    expect(exitCode, stderr).toBe(0);
    expect(restores(calls)).toHaveLength(1);
    expect(restores(calls)[0]).toMatch(options);
    expect(restores(calls)[0]).toContain(`--set=${set.label} `);
    expect(pod.status()).toMatchObject({ backupSet: set.label });
  });

  it("is written into the marker", async () => {
    await ask({ KIND: "time", TARGET: "2026-11-25 02:30:00+00", EXCLUSIVE: "yes" });
    expect(pod.marker().recovery).toEqual({
      kind: "time",
      repository: "offsite",
      target: "2026-11-25 02:30:00+00",
      exclusive: true,
    });
  });

  it("is history once this epoch has archived: a volume lost later comes back with all that came after it", async () => {
    pod.fakes.info["restore-current"] = holding([incr], "000000020000000000000031");
    pod.fakes.listed = { "restore-current": ["00000002.history"] };
    const { calls } = await ask({ KIND: "time", TARGET: "2026-11-25 02:30:00+00" });
    expect(restores(calls)[0]).toMatch(/^restore-current restore .*--type=default --target-timeline=2 /);
    expect(pod.marker().recovery).toBeUndefined();
  });

  it("leaves out the source's sets of after the place where this epoch began", async () => {
    pod.fakes.info["restore-current"] = [
      {
        ...(holding([], "000000020000000000000031") as object[])[0],
        repo: [{ status: { code: 2, message: "" } }],
      },
    ];
    pod.fakes.listed = { "restore-current": ["00000002.history"] };
    pod.fakes.history = { "restore-current": "1\t0/A000000\tbefore 2026-11-25\n" };
    const { calls } = await ask({ KIND: "time", TARGET: "2026-11-25 02:30:00+00" });
    expect(restores(calls)[0]).toMatch(/--type=default --recovery-option=recovery_target_timeline=2 /);
    expect(restores(calls)[0]).toContain(`--set=${diff.label} `);
  });

  it("may be given anew while the one before it was not reached, and not after", async () => {
    const lsn: Asked = { KIND: "lsn", TARGET: "0/E000000" };
    await ask(lsn);
    expect(restores((await ask(lsn)).calls)).toEqual([]);
    const again = await ask({ KIND: "time", TARGET: "2026-11-25 02:30:00+00" });
    expect(restores(again.calls)[0]).toMatch(/ --delta --type=time /);
    // An `up` without any target in the middle of the replay is no wish for the newest.
    expect(restores((await ask({})).calls)).toEqual([]);
    pod.removeData("recovery.signal");
    expect(restores((await ask(lsn)).calls)).toEqual([]);
  });
});

describe("is refused before the restore", () => {
  it.each<[string, Asked, RegExp]>([
    [
      "a time before the first set",
      { KIND: "time", TARGET: "2026-11-25 01:00:00+00" },
      /before the end of the first backup set.*20261125-010000F \(ended 2026-11-25T01:00:30Z/,
    ],
    [
      "an LSN before the first set",
      { KIND: "lsn", TARGET: "0/5000000" },
      /before the end of the first backup set/,
    ],
    [
      "a time past the archive",
      { KIND: "time", TARGET: "2026-11-25 03:30:01+00" },
      /past the archive's end.*03:30:00/,
    ],
    ["a time to come", { KIND: "time", TARGET: "2999-01-01 00:00:00+00" }, /lies in the future/],
    [
      "an LSN past the archive",
      { KIND: "lsn", TARGET: "0/11000001" },
      /past the archive's end.*000000010000000000000010/,
    ],
    ["a set that is not there", { KIND: "set", SET: "20261124-010000F" }, /no backup set 20261124-010000F/],
    ["a kind that nobody knows", { KIND: "xid", TARGET: "7" }, /xid is not known/],
  ])("%s", async (_, asked, words) => {
    const { exitCode, calls, stderr } = await ask(asked);
    expect(exitCode).toBe(1);
    expect(restores(calls)).toEqual([]);
    expect(stderr).toMatch(words);
    expect(pod.status().error).toMatch(words);
  });

  it("not so at the very end of the archive", async () => {
    expect((await ask({ KIND: "lsn", TARGET: "0/11000000" })).exitCode).toBe(0);
    expect((await ask({ KIND: "time", TARGET: "2026-11-25 03:30:00+00" })).exitCode).toBe(0);
  });

  it("a volume that the set does not fit on", async () => {
    pod.fakes.info.restore = holding([{ ...full, size: 2 ** 52 }]);
    const { exitCode, calls, stderr } = await ask({});
    expect(exitCode).toBe(1);
    expect(restores(calls)).toEqual([]);
    expect(stderr).toContain("the volume is too small");
  });

  it.each([
    ["has room for 900 more files", "16777216 900", /too few inodes.*1000 files at least.*room for 900/],
    ["has none left", "16777216 0", /too few inodes.*room for 0/],
  ])("a volume that %s", async (_, inodes, words) => {
    pod.program("df", dfSaying(inodes));
    const { exitCode, calls, stderr } = await ask({});
    expect(exitCode).toBe(1);
    expect(restores(calls)).toEqual([]);
    expect(stderr).toMatch(words);
  });

  it.each([
    ["has just enough of them", "16777216 1000"],
    ["does not count them", "0 0"],
    ["does not know them", "- -"],
  ])("not so one that %s", async (_, inodes) => {
    pod.program("df", dfSaying(inodes));
    expect((await ask({})).exitCode).toBe(0);
  });

  it("a target where no epoch was before", async () => {
    pod.fakes.objects["epoch.json"] = JSON.stringify({ schemaVersion: 1, epoch: 1, site: "primary" });
    pod.write("bin/run.env", "HF_RECOVERY_KIND='time'\nHF_RECOVERY_TARGET='2026-11-25 02:30:00+00'\n");
    const { exitCode, calls } = await pod.run("restore", [], {
      HF_SITE: "primary",
      HF_EPOCH: "1",
      HF_SOURCE_EPOCH: "0",
    });
    expect(exitCode).toBe(1);
    expect(calls.some((call) => call.startsWith("initdb"))).toBe(false);
  });
});

describe("the repository", () => {
  it("may be the site's own; what that misses comes from the third place", async () => {
    pod.fakes.info["restore-site"] = holding([full]);
    const { calls } = await ask({ REPOSITORY: "site" });
    expect(restores(calls)[0]).toMatch(/^restore-site restore /);
    expect(pod.read("state/wal-sources")).toBe("restore-site restore\n");
  });

  it("may be read as it was, sets, histories and WAL, and not this epoch's own", async () => {
    pod.fakes.listed = { restore: ["00000003.history"] };
    pod.fakes.info.restore = holding([full], "00000003000000000000002A");
    const { calls } = await ask({ AS_OF: "2026-11-25 02:00:00+00" });
    const reading = calls.filter((call) => call.startsWith("restore "));
    expect(reading.map((call) => call.split(" ")[1])).toEqual(["info", "repo-ls", "restore"]);
    for (const call of reading) expect(call).toContain("--repo=1 --repo-target-time=2026-11-25 02:00:00+00");
    for (const call of calls.filter((one) => one.startsWith("restore-current ")))
      expect(call).not.toContain("--repo-target-time");
    pod.write("state/wal-sources", "restore-current restore\n");
    pod.fakes.statuses = { "archive-get restore-current": 1 };
    const got = await pod.run("archive-get", ["000000010000000000000003", "x"]);
    const [own = "", source = ""] = got.calls;
    expect(own).toMatch(/^restore-current archive-get /);
    expect(own).not.toContain("--repo-target-time");
    expect(source).toMatch(/^restore archive-get .*--repo=1 --repo-target-time=2026-11-25 02:00:00\+00 /);
  });

  it("is read as it was where it is the living epoch's, beside which the copy is made", async () => {
    pod.write("state/wal-as-of", "2026-11-25 02:00:00+00\n");
    pod.write("state/wal-sources", "restore-site-current restore-current\n");
    pod.fakes.statuses = { "archive-get restore-site-current": 1 };
    const { calls } = await pod.run("archive-get", ["000000010000000000000003", "x"]);
    expect(calls).toHaveLength(2);
    for (const call of calls) expect(call).toContain("--repo=1 --repo-target-time=2026-11-25 02:00:00+00");
  });
});

describe("a damaged set", () => {
  const checksum =
    "[026]: error restoring 'base/1/2': actual checksum 'a' does not match expected checksum 'b'";

  it.each([
    ["a flipped bit", checksum],
    ["a truncated object", "[029]: unexpected eof in compressed data"],
    ["a block that does not decrypt", "[095]: unable to flush"],
    ["a missing file", "[055]: raised from local-1 shim protocol: unable to open missing file"],
  ])("(%s) gives way to the one before it, and that is said", async (_, words) => {
    pod.fakes.damaged = { [incr.label]: words };
    const { exitCode, calls } = await ask({});
    expect(exitCode).toBe(0);
    expect(restores(calls).map((call) => /--set=(\S+)/.exec(call)?.[1])).toEqual([incr.label, diff.label]);
    expect(restores(calls)[1]).toContain(" --delta ");
    const fallbacks = [{ set: incr.label, reason: words }];
    expect(pod.marker()).toMatchObject({ state: "complete", set: diff.label, fallbacks });
    expect(pod.status()).toMatchObject({ backupSet: diff.label, fallbacks, error: null });
  });

  it("that its own backup marked (corrupt pages at the source) is passed over, and that is said", async () => {
    pod.fakes.info = {
      "restore-current": empty,
      restore: holding([full, diff, { ...incr, error: true }]),
    };
    const { exitCode, calls } = await ask({});
    expect(exitCode).toBe(0);
    expect(restores(calls).map((call) => /--set=(\S+)/.exec(call)?.[1])).toEqual([diff.label]);
    expect(pod.status()).toMatchObject({
      backupSet: diff.label,
      fallbacks: [{ set: incr.label, reason: expect.stringContaining("wrong checksum at the source") }],
    });
  });

  it("that was asked for by name is replaced by the one before it and WAL up to where it ended", async () => {
    pod.fakes.damaged = { [incr.label]: checksum, [diff.label]: checksum };
    const { calls } = await ask({ KIND: "set", SET: incr.label });
    expect(restores(calls)).toHaveLength(3);
    expect(restores(calls)[1]).toMatch(
      /--type=lsn --target=0\/D000100 --target-action=promote --target-timeline=1 /,
    );
    expect(restores(calls)[2]).toMatch(/--type=lsn --target=0\/D000100 .*--set=20261125-010000F /);
  });

  it("is the end where no other is left, and each is named", async () => {
    pod.fakes.damaged = { [full.label]: checksum, [diff.label]: checksum, [incr.label]: checksum };
    const { exitCode, stderr } = await ask({});
    expect(exitCode).toBe(1);
    expect(stderr).toContain(`failed for every set tried (${incr.label}, ${diff.label}, ${full.label})`);
    expect(pod.marker()).toMatchObject({ state: "restoring" });
  });

  it.each([
    ["an unreachable repository", "[049]: unable to connect to 'offsite:8333': timeout"],
    ["a store that fails", "[101]: HTTP request failed with 503 (Slow Down)"],
    ["a refusal", "[039]: HTTP request failed with 403 (Forbidden)"],
    ["a full disk", "[064]: unable to write '/x': [28] No space left on device"],
  ])("is not what %s means", async (_, words) => {
    pod.fakes.damaged = { [incr.label]: words };
    const { exitCode, calls, stderr } = await ask({});
    expect(exitCode).toBe(1);
    expect(restores(calls)).toHaveLength(1);
    expect(stderr).toContain(`pgbackrest restore failed: ${words}`);
  });

  it("known as such to pgBackRest (page checksums) is not begun from", async () => {
    pod.fakes.info.restore = holding([full, diff, { ...incr, error: true }]);
    expect(restores((await ask({})).calls)[0]).toContain(`--set=${diff.label} `);
  });
});

const dfSaying = (inodes: string): string =>
  `case $* in *itotal*) printf "Inodes IFree\\n${inodes}\\n" ;; *) printf "Avail\\n999999999999\\n" ;; esac`;
