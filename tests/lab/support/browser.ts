import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, chromium } from "playwright-core";

/**
 * Chromium out of its tree, in namespaces of its own: it has no network at all, writes only into memory, and all its
 * processes end with the first. The tree is a cache that others use at the same time: its mounts are seen here alone.
 */
const script = `#!/bin/sh
exec unshare --mount --pid --net --fork --kill-child=SIGKILL --propagation private sh -c '
set -eu
root=$1
shift
mount -t tmpfs tmpfs "$root/tmp"
mount -t proc proc "$root/proc"
mount -t tmpfs tmpfs "$root/dev"
mkdir "$root/dev/shm"
for device in null zero random urandom; do
	: >"$root/dev/$device"
	mount --bind "/dev/$device" "$root/dev/$device"
done
exec chroot "$root" env -i HOME=/tmp PATH=/usr/bin:/bin /usr/bin/chromium-headless-shell "$@"
' sh "$ROOT" "$@"
`;

export interface OpenBrowser {
  readonly browser: Browser;
  close(): Promise<void>;
}

/** @param root the unpacked tree (lab/images/chromium-root.ts) */
export async function openBrowser(root: string): Promise<OpenBrowser> {
  const folder = await mkdtemp(join(tmpdir(), "holdfast-browser-"));
  const program = join(folder, "chromium");
  await writeFile(program, script);
  await chmod(program, 0o755);
  try {
    const browser = await chromium.launch({
      executablePath: program,
      env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", ROOT: root },
      timeout: 180_000,
    });
    return {
      browser,
      async close() {
        await browser.close();
        await rm(folder, { recursive: true, force: true });
      },
    };
  } catch (cause) {
    await rm(folder, { recursive: true, force: true });
    throw cause;
  }
}
