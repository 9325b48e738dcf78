import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";

/**
 * Fills the empty or missing folder `directory` with a containerd root of its own.
 *
 * Blobs and unpacked files are hard links to the cache: containerd never writes a
 * finished blob again, and overlayfs copies a lower layer's file before it changes it,
 * so a site cannot reach the other's. The databases, which are written in place, are
 * real copies. Another file system than the cache's gets copies of everything.
 */
export async function copyContainerdRoot(source: string, directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  if ((await readdir(directory)).length > 0)
    throw new Error(`${directory} is not empty: it may be a site's own state`);
  const linked = await execa("cp", ["-a", "--link", `${source}/.`, directory], { reject: false });
  if (linked.failed) {
    if (!/cross-device|too many links/i.test(linked.stderr)) throw linked;
    await execa("cp", ["-a", "--reflink=auto", `${source}/.`, directory]);
    return;
  }
  for (const file of await databases(source)) {
    await execa("cp", ["-a", "--remove-destination", join(source, file), join(directory, file)]);
  }
}

/** Looked for at the two levels where containerd's parts keep them: the snapshots hold thousands of files. */
async function databases(source: string): Promise<string[]> {
  const parts = (await readdir(source, { withFileTypes: true })).filter((entry) => entry.isDirectory());
  const found: string[] = [];
  for (const part of parts) {
    const files = await readdir(join(source, part.name));
    found.push(...files.filter((file) => file.endsWith(".db")).map((file) => join(part.name, file)));
  }
  if (found.length < 2) throw new Error(`${source} has no metadata databases: not a containerd root`);
  return found;
}
