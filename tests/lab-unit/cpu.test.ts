// The lab's processor time, from made-up cgroup files of both versions.
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { labCpuSeconds } from "../../lab/place/cpu.ts";

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "lab-cpu-"));
});
afterEach(() => rm(root, { recursive: true }));

test.each([
  ["version 1", "cpuacct/holdfast/cpuacct.usage", "12500000000\n"],
  ["version 2", "holdfast/cpu.stat", "usage_usec 12500000\nuser_usec 9\nsystem_usec 1\n"],
])("%s", async (_, path, text) => {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), text);
  expect(await labCpuSeconds(root)).toBe(12.5);
});

test("neither: not known, and not nothing", async () => {
  expect(await labCpuSeconds(root)).toBeNull();
});
