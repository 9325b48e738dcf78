/** Two sites from one cached containerd root. Does not prove: that containerd starts on the copy (tests/lab does). */
import { appendFile, mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { copyContainerdRoot } from "../../lab/images/materialise.ts";

const BLOB = "io.containerd.content.v1.content/blob";
const DATABASES = [
  "io.containerd.metadata.v1.bolt/meta.db",
  "io.containerd.snapshotter.v1.overlayfs/metadata.db",
];

let base: string;
let source: string;
beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), "holdfast-containerd-"));
  source = join(base, "cached");
  for (const path of [BLOB, ...DATABASES]) {
    await mkdir(join(source, path, ".."), { recursive: true });
    await writeFile(join(source, path), path);
  }
});
afterEach(() => rm(base, { recursive: true }));

const inode = async (path: string) => (await stat(path)).ino;

test("what containerd only reads is linked, what it writes in place is each site's own", async () => {
  const sites = ["primary", "dr"].map((name) => join(base, name));
  for (const site of sites) await copyContainerdRoot(source, site);
  for (const site of sites) {
    expect(await inode(join(site, BLOB))).toBe(await inode(join(source, BLOB)));
    for (const database of DATABASES) await appendFile(join(site, database), " written");
  }
  for (const database of DATABASES) {
    expect(await readFile(join(source, database), "utf8")).toBe(database);
    for (const site of sites)
      expect(await readFile(join(site, database), "utf8")).toBe(`${database} written`);
  }
});

test("refuses a folder with something in it, and leaves that alone", async () => {
  const site = join(base, "primary");
  await copyContainerdRoot(source, site);
  await writeFile(join(site, DATABASES[0] as string), "the site's state");
  await expect(copyContainerdRoot(source, site)).rejects.toThrow("not empty");
  expect(await readFile(join(site, DATABASES[0] as string), "utf8")).toBe("the site's state");
});

test("refuses a source without databases: they would be linked or lost unseen", async () => {
  await rm(join(source, DATABASES[1] as string));
  await expect(copyContainerdRoot(source, join(base, "primary"))).rejects.toThrow("not a containerd root");
});

const otherFileSystem = "/dev/shm";
const isOther = await Promise.all([stat(tmpdir()), stat(otherFileSystem)]).then(
  ([here, there]) => here.dev !== there.dev,
  () => false,
);
test.skipIf(!isOther)(
  "copies where links cannot reach: the lab on another file system than the cache",
  async () => {
    const away = await mkdtemp(join(otherFileSystem, "holdfast-containerd-"));
    try {
      const site = join(away, "primary");
      await copyContainerdRoot(source, site);
      for (const path of [BLOB, ...DATABASES]) expect(await readFile(join(site, path), "utf8")).toBe(path);
    } finally {
      await rm(away, { recursive: true });
    }
  },
);
