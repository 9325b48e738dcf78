import { readdir } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";

export interface Official {
  readonly path: string;
  readonly version: string;
}

/** The released Pulumi CLI on PATH, where its minor version is the pinned one or newer. */
export async function officialPulumi(pinned: string): Promise<Official | undefined> {
  const { stdout: path, failed: absent } = await execa("sh", ["-c", "command -v pulumi"], { reject: false });
  if (absent) return undefined;
  const { stdout, failed } = await execa(path, ["version"], {
    reject: false,
    env: { PULUMI_SKIP_UPDATE_CHECK: "true" },
    timeout: 20_000,
  });
  const version = stdout.trim().replace(/^v/, "");
  if (failed || !isAtLeast(version, pinned.replace(/\.\d+$/, ".0"))) return undefined;
  return { path, version };
}

/** A released Kubernetes plugin in Pulumi's own folder, the newest one that is at least the pinned. */
export async function officialKubernetesPlugin(
  pinned: string,
  plugins = join(process.env.PULUMI_HOME ?? join(homedir(), ".pulumi"), "plugins"),
): Promise<Official | undefined> {
  const prefix = "resource-kubernetes-v";
  const entries = await readdir(plugins).catch((): string[] => []);
  // A lock or partial file beside the folder means that its download never ended.
  const whole = entries.filter((entry) => !entries.includes(`${entry}.partial`));
  const versions = whole
    .filter((entry) => entry.startsWith(prefix))
    .map((entry) => entry.slice(prefix.length));
  const fitting = versions.filter((version) => isAtLeast(version, pinned) && /^\d+\.\d+\.\d+$/.test(version));
  const newest = fitting.reduce<string | undefined>(
    (best, version) => (best === undefined || isAtLeast(version, best) ? version : best),
    undefined,
  );
  if (newest === undefined) return undefined;
  return { path: join(plugins, `${prefix}${newest}`, "pulumi-resource-kubernetes"), version: newest };
}

/** By numbers, so that 3.9 is older than 3.274. A pre-release or anything unreadable is not at least anything. */
export function isAtLeast(version: string, smallest: string): boolean {
  if (!/^\d+\.\d+\.\d+$/.test(version)) return false;
  const left = version.split(".").map(Number);
  const right = smallest.split(".").map(Number);
  for (const [index, number] of left.entries()) {
    const other = right[index] ?? 0;
    if (number !== other) return number > other;
  }
  return true;
}
