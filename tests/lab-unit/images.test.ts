// A new disk from a prepared containerd root, on a made-up root. That containers start from it is tests/lab.
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { beginWithImages, imageMounts } from "../../lab/site/images.ts";

const snapshotter = "io.containerd.snapshotter.v1.overlayfs";
const blob = "io.containerd.content.v1.content/blobs/sha256/abc";
let base: string;
let root: string;
let disk: string;

beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), "lab-images-"));
  root = join(base, "prepared");
  disk = join(base, "disk");
  const files = {
    [blob]: "layer",
    "io.containerd.metadata.v1.bolt/meta.db": "images",
    [`${snapshotter}/metadata.db`]: "snapshots",
    [`${snapshotter}/snapshots/7/fs/bin/sh`]: "shell",
  };
  for (const [path, body] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), body);
  }
  await mkdir(join(disk, "containerd"), { recursive: true });
});
afterEach(() => rm(base, { recursive: true }));

test("images are mounted, not copied; databases are copies of the disk's own", async () => {
  await beginWithImages(disk, join(disk, "containerd"), root);
  const own = (path: string): string => join(disk, "containerd", path);
  expect(await readdir(own(`${snapshotter}/snapshots/7/fs`))).toEqual([]);
  expect(await imageMounts(disk, "dr")).toEqual({
    [`${snapshotter}/snapshots/7/fs`]: join(root, snapshotter, "snapshots/7/fs"),
  });
  expect((await stat(own(blob))).ino).toBe((await stat(join(root, blob))).ino);
  for (const database of ["io.containerd.metadata.v1.bolt/meta.db", `${snapshotter}/metadata.db`]) {
    await writeFile(own(database), "changed by the site");
    expect(await readFile(join(root, database), "utf8")).not.toBe("changed by the site");
  }
});

test("a disk whose images are gone from the cache says what to do", async () => {
  await beginWithImages(disk, join(disk, "containerd"), root);
  await rm(root, { recursive: true });
  await expect(imageMounts(disk, "dr")).rejects.toThrow(/lab restart dr --fresh/);
});
