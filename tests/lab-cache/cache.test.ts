/** The cache's promises, on a real file system. Does not prove: that a power cut leaves a whole artefact (fsync is called, not tested). */
import { execFile } from "node:child_process";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { lastDuration } from "../../lab/cache/durations.ts";
import { type Artefact, type ArtefactSpec, artefact, artefactKey, prune } from "../../lab/cache/index.ts";
import type { ProgressEvent } from "../../lab/progress/index.ts";

let base: string;
let root: string;
beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), "holdfast-test-"));
  root = join(base, "cache");
  await writeFile(join(base, "input.txt"), "one");
});
afterEach(() => rm(base, { recursive: true, force: true }));

const spec = (build: ArtefactSpec["build"]): ArtefactSpec => ({
  name: "thing",
  inputs: [{ file: join(base, "input.txt") }, { label: "version", text: "1" }],
  build,
});
const write = (content: string) => (out: string) => writeFile(join(out, "result"), content);
const read = (built: Artefact) => readFile(join(built.path, "result"), "utf8");
const have = (build: ArtefactSpec["build"]) => artefact(spec(build), { root, base });

test("builds once, then reuses what it built", async () => {
  const first = await have(write("first"));
  const second = await have(write("second"));
  expect([first.reused, second.reused]).toEqual([false, true]);
  expect(second.path).toBe(first.path);
  expect(await read(second)).toBe("first");
});

test("a build that throws half way publishes nothing, and the next one starts from an empty folder", async () => {
  const broken = have(async (out) => {
    await writeFile(join(out, "half"), "");
    throw new Error("the network went away");
  });
  await expect(broken).rejects.toThrow("the network went away");
  expect(await readdir(join(root, "artefacts", "thing"))).toEqual([]);
  let found: string[] = ["not called"];
  const whole = await have(async (out) => {
    found = await readdir(out);
    await writeFile(join(out, "result"), "whole");
  });
  expect(found).toEqual([]);
  expect(await readdir(whole.path)).toEqual(["result"]);
});

test("a builder that is killed leaves nothing that passes for whole, and its remains are swept", async () => {
  const script = `
    import { artefact } from ${JSON.stringify(join(import.meta.dirname, "../../lab/cache/index.ts"))};
    import { writeFileSync } from "node:fs";
    await artefact({ name: "thing", inputs: ${JSON.stringify(spec(write("")).inputs)}, build: async (out) => {
      writeFileSync(out + "/result", "half");
      process.kill(process.pid, "SIGKILL");
      await new Promise((resolve) => setTimeout(resolve, 60_000));
    } }, { root: ${JSON.stringify(root)}, base: ${JSON.stringify(base)} });`;
  const killed = promisify(execFile)(process.execPath, ["--input-type=module", "-e", script]);
  await expect(killed).rejects.toMatchObject({ signal: "SIGKILL" });
  expect(await readdir(join(root, "artefacts", "thing"))).toEqual([expect.stringMatching(/^\.building-/)]);

  const next = await have(write("whole")); // the dead one's lock does not hold it up either
  expect(next.reused).toBe(false);
  expect(await read(next)).toBe("whole");
  expect(await readdir(join(root, "artefacts", "thing"))).toEqual([next.key]);
});

test("two builders at the same time build once, and both get the same", async () => {
  let builds = 0;
  const events: ProgressEvent[] = [];
  const progress = { report: (event: ProgressEvent) => events.push(event), close: () => {} };
  const build = async (out: string) => {
    builds += 1;
    // Until the other one says that it waits; a builder that were let in as well would end it, too.
    await vi.waitUntil(() => builds > 1 || events.some(({ kind }) => kind === "note"), { timeout: 30_000 });
    await writeFile(join(out, "result"), `build ${builds}`);
  };
  const both = await Promise.all([1, 2].map(() => artefact(spec(build), { root, base, progress })));
  expect(builds).toBe(1);
  expect(both.map((one) => one.reused).sort()).toEqual([false, true]);
  expect(await Promise.all(both.map(read))).toEqual(["build 1", "build 1"]);
  expect(events.map((event) => event.kind).sort()).toEqual(["done", "note", "reused", "start"]);
});

const changes: Record<string, () => Promise<unknown>> = {
  "a file's content": () => writeFile(join(base, "input.txt"), "two"),
  "a file's executable bit": () => chmod(join(base, "input.txt"), 0o755),
  "a file added to a tree": () => writeFile(join(base, "tree", "b"), ""),
  "a file moved within a tree": async () => {
    await mkdir(join(base, "tree", "sub"));
    await rm(join(base, "tree", "a"));
    await writeFile(join(base, "tree", "sub", "a"), "same");
  },
};
test.each(Object.entries(changes))("another key after a change of %s", async (_what, change) => {
  await mkdir(join(base, "tree"));
  await writeFile(join(base, "tree", "a"), "same");
  const inputs = [{ file: join(base, "input.txt") }, { tree: join(base, "tree") }];
  const key = () => artefactKey({ name: "thing", inputs }, { base });
  const before = await key();
  expect(await key()).toBe(before);
  await change();
  expect(await key()).not.toBe(before);
});

test("another key for another version, another label and another name; the same in another checkout", async () => {
  const key = (name: string, label: string, text: string) => artefactKey({ name, inputs: [{ label, text }] });
  const keys = [key("a", "go", "1"), key("a", "go", "2"), key("a", "node", "1"), key("b", "go", "1")];
  expect(new Set(await Promise.all(keys)).size).toBe(4);

  const checkouts = ["left", "right"].map((name) => join(base, name));
  for (const checkout of checkouts) {
    await mkdir(checkout);
    await writeFile(join(checkout, "input.txt"), "same");
  }
  const inCheckout = (at: string) =>
    artefactKey({ name: "a", inputs: [{ file: join(at, "input.txt") }] }, { base: at });
  expect(await inCheckout(checkouts[0] as string)).toBe(await inCheckout(checkouts[1] as string));
});

test("files that the build itself writes do not change the key", async () => {
  await mkdir(join(base, "tree"));
  const inputs = [{ tree: join(base, "tree"), except: ["written"] }];
  const before = await artefactKey({ name: "a", inputs }, { base });
  await writeFile(join(base, "tree", "written"), "by the build");
  expect(await artefactKey({ name: "a", inputs }, { base })).toBe(before);
});

test("says how long the last build took, also when the key is another", async () => {
  expect(await lastDuration(root, "thing")).toBeUndefined();
  await have(async (out) => {
    await new Promise((resolve) => setTimeout(resolve, 60));
    await write("one")(out);
  });
  await writeFile(join(base, "input.txt"), "two");
  const events: ProgressEvent[] = [];
  const progress = { report: (event: ProgressEvent) => events.push(event), close: () => {} };
  await artefact(spec(write("two")), { root, base, progress });
  const started = events.find((event) => event.kind === "start");
  expect(started?.expectedMs).toBeGreaterThanOrEqual(55);
  expect(started?.expectedMs).toBeLessThan(10_000);
});

test("prune removes old versions and keeps the named one", async () => {
  const old = await have(write("old"));
  await writeFile(join(base, "input.txt"), "two");
  const current = await have(write("current"));
  expect(await prune("thing", new Set([current.key]), root)).toEqual([old.key]);
  expect((await have(write("never"))).reused).toBe(true);
  expect(await readdir(join(root, "artefacts", "thing"))).toEqual([current.key]);
});
