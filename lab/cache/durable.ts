import { mkdir, open, rename } from "node:fs/promises";
import { dirname } from "node:path";
import { execa } from "execa";

/** Everything below `path` on disk. One syncfs: a tree of 50,000 files would want as many fsyncs. */
export async function syncTree(path: string): Promise<void> {
  await execa("sync", ["--file-system", path]);
}

/** The rename itself on disk: without this a crash may bring the old name back. */
export async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** A small file, whole or not at all. */
export async function writeWhole(path: string, content: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}.new`;
  const handle = await open(temporary, "w");
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temporary, path);
}

/** Never across a mount: a builder that died may have left one, and what is mounted there is not ours to delete. */
export async function removeTree(path: string): Promise<void> {
  await execa("rm", ["-rf", "--one-file-system", "--", path]);
}
