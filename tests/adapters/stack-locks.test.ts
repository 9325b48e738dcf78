// Pulumi's lock files as its own code writes them, read from a folder and from a small store; not an engine that
// takes one: tests/faults/resume.test.ts has that on the lab.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { livesSince } from "../../cli/drill/process.ts";
import { readStackLocks } from "../../drill/adapters/stack-locks.ts";
import { type StubS3, startStubS3 } from "./stub-s3.ts";

const id = "6d1f2a3b-0000-4000-8000-000000000001";
const timestamp = "2026-11-27T01:02:03.123456789Z";
const lockOf = (host: string, pid = 4711): string =>
  JSON.stringify({ pid, username: "alice", hostname: host, timestamp });
const { signal } = new AbortController();

const ends: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

const placeOf = (url: string, lives = false) => ({
  url,
  keys: { accessKeyId: "key", secretAccessKey: "secret" },
  ca: "",
  livesSince: () => lives,
});

function stateFolder(files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), "holdfast-state-"));
  ends.push(() => rmSync(root, { recursive: true }));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(root, path, ".."), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return `file://${root}`;
}

async function store(objects: Readonly<Record<string, string>>, keysPerPage?: number): Promise<StubS3> {
  const stub = await startStubS3(objects, keysPerPage === undefined ? {} : { keysPerPage });
  ends.push(stub.close);
  return stub;
}

const path = (name: string, stack = "dr"): string => `.pulumi/locks/organization/holdfast/${stack}/${name}`;
const theirs = {
  id,
  pid: 4711,
  username: "alice",
  host: "desk",
  takenAtMs: Date.parse("2026-11-27T01:02:03.123Z"),
  holder: "elsewhere",
};

describe("a stack's locks", () => {
  test("in a folder: whose, since when, and that another host's process cannot be asked", async () => {
    const url = stateFolder({ [path(`${id}.json`)]: lockOf("desk"), [path("x.json", "primary")]: "{}" });
    expect(await readStackLocks(placeOf(url, true), "holdfast", "dr", signal)).toEqual([theirs]);
  });

  test.each([
    [true, "lives"],
    [false, "gone"],
  ] as const)("of this host: the process is asked (%s: %s)", async (lives, holder) => {
    const url = stateFolder({ [path(`${id}.json`)]: lockOf(hostname()) });
    const [lock] = await readStackLocks(placeOf(url, lives), "holdfast", "dr", signal);
    expect(lock?.holder).toBe(holder);
  });

  test("are none where there is no file, or no folder", async () => {
    expect(await readStackLocks(placeOf(stateFolder({})), "holdfast", "dr", signal)).toEqual([]);
    const stub = await store({});
    const url = `s3://state?endpoint=${encodeURIComponent(stub.endpoint)}&region=us-east-1`;
    expect(await readStackLocks(placeOf(url), "holdfast", "dr", signal)).toEqual([]);
  });

  test.each([
    ["", ""],
    ["/team", "team/"],
    ["&prefix=a/", "a/"],
  ])("in a bucket, below its prefix (%s), page after page", async (below, prefix) => {
    const stub = await store(
      {
        [`${prefix}${path(`${id}.json`)}`]: lockOf("desk"),
        [`${prefix}${path("second.json")}`]: lockOf("desk", 4712),
        [`${prefix}${path("other.json", "dr2")}`]: lockOf("desk"),
      },
      1,
    );
    const [folder, more] = below.startsWith("/") ? [below, ""] : ["", below];
    const url = `s3://state${folder}?endpoint=${encodeURIComponent(stub.endpoint)}&s3ForcePathStyle=true&region=us-east-1${more}`;
    expect(await readStackLocks(placeOf(url), "holdfast", "dr", signal)).toEqual([
      theirs,
      { ...theirs, id: "second", pid: 4712 },
    ]);
  });

  test.each([
    ["not JSON", "{"],
    ["no owner", '{"pid": 1}'],
  ])("one that does not say whose it is (%s) is refused, not taken for left behind", async (_what, text) => {
    const url = stateFolder({ [path(`${id}.json`)]: text });
    await expect(readStackLocks(placeOf(url), "holdfast", "dr", signal)).rejects.toMatchObject({
      code: "STACK_LOCKED",
    });
  });

  test("of a backend that keeps them otherwise cannot be read", async () => {
    const reading = readStackLocks(placeOf("https://api.pulumi.com"), "holdfast", "dr", signal);
    await expect(reading).rejects.toMatchObject({ code: "STACK_LOCKED", exitStatus: 2 });
  });
});

describe("livesSince", () => {
  test("is this process, since it began; before that its number was another's", () => {
    expect(livesSince(process.pid, Date.now())).toBe(true);
    const begunMs = Date.now() - process.uptime() * 1000;
    expect(livesSince(process.pid, begunMs - 60_000)).toBe(false);
  });

  test("is nobody of a number that no process has", () => {
    expect(livesSince(4_194_305, Date.now())).toBe(false); // above the kernel's largest
  });
});
