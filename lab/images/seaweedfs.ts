import { chmod, copyFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import type { CacheOptions } from "../cache/index.ts";
import { tool } from "../toolchain/index.ts";
import { siteRoot } from "./site-root.ts";

/** The static `weed`, Debian's CA certificates and a writable /tmp and /data. */
export async function seaweedfsRootfs(tar: string, options: CacheOptions): Promise<void> {
  const [weed, debian] = [await tool("seaweedfs", options), await siteRoot(options)];
  const root = await mkdtemp(join(tmpdir(), "holdfast-weed-"));
  try {
    for (const folder of ["usr/bin", "etc/ssl/certs", "tmp", "data"])
      await mkdir(join(root, folder), { recursive: true });
    await chmod(join(root, "tmp"), 0o1777);
    await chmod(join(root, "data"), 0o1777);
    await copyFile(weed.path, join(root, "usr/bin/weed"));
    const certificates = "etc/ssl/certs/ca-certificates.crt";
    await copyFile(join(debian.path, certificates), join(root, certificates));
    await writeFile(
      join(root, "etc/passwd"),
      "root:x:0:0:root:/:/sbin/nologin\nweed:x:1000:1000:weed:/tmp:/sbin/nologin\n",
    );
    await writeFile(join(root, "etc/group"), "root:x:0:\nweed:x:1000:\n");
    await execa("tar", ["-C", root, "--owner=0", "--group=0", "-cf", tar, "usr", "etc", "tmp", "data"]);
  } finally {
    await rm(root, { recursive: true });
  }
}
