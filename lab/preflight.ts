import { mkdir, readdir, readFile, readlink } from "node:fs/promises";
import { execa } from "execa";
import { UserError } from "../errors/user-error.ts";
import type { LabLayout } from "./layout.ts";
import { refuseForeignRoutes } from "./net/switch.ts";

const hostTools = ["chroot", "cp", "flock", "ip", "mount", "nsenter", "openssl", "stat", "umount", "unshare"];
/** Built in or loaded: what is missing shows later as a part that does not start. */
const kernelModules = [
  "overlay",
  "veth",
  "bridge",
  "br_netfilter",
  "nf_tables",
  "nft_compat",
  "nf_conntrack",
  "ip_set",
];
const smallestMemoryBytes = 6 * 1024 ** 3;
/** A site takes about twenty (containerd, kubelet, CoreDNS), the third place a few. */
const neededInotifyInstances = 48;

/** Refuses a machine that cannot carry the lab, with the reason, before anything is made. */
export async function preflight(layout: LabLayout): Promise<void> {
  if (process.platform !== "linux") refuse("the lab needs Linux", process.platform, "Linux");
  if (process.getuid?.() !== 0) {
    refuse(
      "the lab makes network namespaces and mounts, which needs root",
      `uid ${process.getuid?.()}`,
      "root",
      "sudo ./holdfast lab up",
    );
  }
  // These paths go through a shell's word splitting.
  if (!/^\/[\w./-]+$/.test(layout.root)) {
    refuse(
      "HOLDFAST_LAB has characters that the lab's start script cannot take",
      layout.root,
      "an absolute path of letters, digits, ., _, - and /",
    );
  }
  await needTools();
  await needMemory();
  await needInotifyInstances();
  await execa("modprobe", ["--all", "--quiet", ...kernelModules], { reject: false }).catch(() => {});
  await mkdir(layout.root, { recursive: true, mode: 0o711 });
  await needPlainFileSystem(layout.root);
  await refuseForeignRoutes();
}

async function needTools(): Promise<void> {
  const found = await Promise.all(
    hostTools.map(async (tool) => ({
      tool,
      ...(await execa("sh", ["-c", `command -v ${tool}`], { reject: false })),
    })),
  );
  const missing = found.filter(({ exitCode }) => exitCode !== 0).map(({ tool }) => tool);
  if (missing.length === 0) return;
  throw new UserError("TOOL_MISSING", {
    what: "programs that the lab calls are missing",
    got: missing.join(" "),
    hint: "as root: apt-get install coreutils iproute2 mount openssl util-linux",
  });
}

async function needMemory(): Promise<void> {
  const info = await readFile("/proc/meminfo", "utf8");
  const available = Number(/^MemAvailable:\s+(\d+) kB/m.exec(info)?.[1] ?? 0) * 1024;
  if (available >= smallestMemoryBytes || available === 0) return;
  const gib = (bytes: number): string => `${(bytes / 1024 ** 3).toFixed(1)} GiB`;
  refuse("too little memory is free for two sites", gib(available), `at least ${gib(smallestMemoryBytes)}`);
}

/** Without one, containerd starts without its CRI plugin and a node is never ready: seen late, and named badly. */
async function needInotifyInstances(): Promise<void> {
  const most = Number(await readFile("/proc/sys/fs/inotify/max_user_instances", "utf8").catch(() => "0"));
  if (most === 0) return;
  const free = most - (await countInotifyInstances());
  if (free >= neededInotifyInstances) return;
  refuse(
    "too few inotify instances are free for two sites' kubelets and containerds",
    `${free} of fs.inotify.max_user_instances=${most}`,
    `at least ${neededInotifyInstances}`,
    "as root: sysctl -w fs.inotify.max_user_instances=1024",
  );
}

/** The kernel counts them by user and shows them only as open files. */
async function countInotifyInstances(): Promise<number> {
  const processes = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const counts = await Promise.all(
    processes.map(async (process) => {
      const files = await readdir(`/proc/${process}/fd`).catch(() => []);
      const targets = await Promise.all(
        files.map((file) => readlink(`/proc/${process}/fd/${file}`).catch(() => "")),
      );
      return targets.filter((target) => target === "anon_inode:inotify").length;
    }),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}

/** containerd's snapshots are overlays and cannot lie on one (a container's own root, say). */
async function needPlainFileSystem(directory: string): Promise<void> {
  const { stdout } = await execa("stat", ["--file-system", "--format=%T", directory]);
  if (!/overlay/.test(stdout)) return;
  refuse(
    "HOLDFAST_LAB lies on an overlay file system",
    `${directory} (${stdout})`,
    "ext4, xfs, btrfs or tmpfs",
    "HOLDFAST_LAB=/path/on/a/plain/file/system ./holdfast lab up",
  );
}

function refuse(what: string, got: string, allowed: string, hint?: string): never {
  throw new UserError("PREFLIGHT_REFUSED", { what, got, allowed, ...(hint === undefined ? {} : { hint }) });
}
