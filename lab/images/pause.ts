import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { cacheRoot } from "../cache/index.ts";
import { ensurePackages } from "./packages.ts";

/** One static program and nothing else: the sandbox of every pod. */
export async function pauseRootfs(tar: string): Promise<void> {
  await ensurePackages(cacheRoot(), ["gcc", "libc6-dev"]);
  const root = await mkdtemp(join(tmpdir(), "holdfast-pause-"));
  try {
    const source = join(import.meta.dirname, "pause", "pause.c");
    await execa("gcc", ["-static", "-Os", "-s", "-Wall", "-Werror", "-o", join(root, "pause"), source]);
    await execa("tar", ["-C", root, "--owner=0", "--group=0", "-cf", tar, "pause"]);
  } finally {
    await rm(root, { recursive: true });
  }
}
