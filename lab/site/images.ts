import { mkdir, readdir, readlink, symlink } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { UserError } from "../../errors/user-error.ts";

/**
 * A site's containerd root begins as a copy of the prepared one, in which every image is
 * imported and unpacked. Unpacked images are most of it (66,000 files) and only ever read:
 * they are mounted over empty folders, read-only, instead of being copied. So a new disk
 * is there at once, and nothing in a site can write what both sites share.
 */
const snapshots = "io.containerd.snapshotter.v1.overlayfs/snapshots";
const content = "io.containerd.content.v1.content";
/** In the disk: a symbolic link to the prepared root that it began as. */
const originLink = "images";

/** Fills a new disk. `root` is the prepared containerd root, `containerd` the disk's folder for it. */
export async function beginWithImages(disk: string, containerd: string, root: string): Promise<void> {
  const source = (...path: string[]): string => join(root, ...path);
  const own = join(containerd, snapshots);
  await mkdir(own, { recursive: true, mode: 0o700 });
  for (const part of await readdir(root)) {
    if (part === content) await linkOrCopy(source(part), containerd);
    else if (!snapshots.startsWith(part)) await execa("cp", ["-a", source(part), containerd]);
  }
  const [snapshotter = ""] = snapshots.split("/");
  for (const file of await readdir(source(snapshotter))) {
    if (!snapshots.endsWith(file))
      await execa("cp", ["-a", source(snapshotter, file), join(containerd, snapshotter)]);
  }
  for (const id of await readdir(source(snapshots))) {
    await mkdir(join(own, id, "fs"), { recursive: true });
    await mkdir(join(own, id, "work"), { mode: 0o711 });
  }
  await symlink(root, join(disk, originLink));
}

/** Path below the disk's containerd folder -> folder to mount there, for each image layer. */
export async function imageMounts(disk: string, site: string): Promise<Readonly<Record<string, string>>> {
  const origin = await readlink(join(disk, originLink)).catch(() => undefined);
  if (origin === undefined) return {};
  const ids = await readdir(join(origin, snapshots)).catch((cause: unknown) => {
    throw new UserError("PREFLIGHT_REFUSED", {
      what: `the images that ${site}'s disk began with are gone from the cache`,
      got: origin,
      hint: `begin with a new disk: ./holdfast lab restart ${site} --fresh`,
      cause,
    });
  });
  return Object.fromEntries(
    ids.map((id) => [join(snapshots, id, "fs"), join(origin, snapshots, id, "fs")] as const),
  );
}

/** Blobs are never written again once they are whole, so both sites may share the cache's. */
async function linkOrCopy(from: string, into: string): Promise<void> {
  const linked = await execa("cp", ["-a", "--link", from, into], { reject: false });
  if (!linked.failed) return;
  if (!/cross-device|too many links/i.test(linked.stderr)) throw linked;
  await execa("cp", ["-a", "--reflink=auto", from, into]);
}
