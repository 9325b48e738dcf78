import { readFile, statfs } from "node:fs/promises";
import { availableParallelism, cpus, hostname, loadavg, release, totalmem } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { z } from "zod";
import type { HostPort } from "../ports/host.ts";

export interface HostPlace {
  readonly repositoryRoot: string;
  /** Whose file system the runs and the sites' disks lie on. */
  readonly disk: string;
  readonly pulumi: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Asked once a run: what can be read at the sites themselves. Missing ones are left out. */
  readonly siteVersions: () => Promise<Readonly<Record<string, string>>>;
  readonly standIns: () => Promise<readonly string[]>;
}

const packageSchema = z.object({ version: z.string(), dependencies: z.record(z.string(), z.string()) });
const commandMs = 10_000;

export function createHostPort(place: HostPlace): HostPort {
  async function run(file: string, words: readonly string[]): Promise<string | null> {
    const result = await execa(file, [...words], {
      cwd: place.repositoryRoot,
      env: { ...place.environment },
      reject: false,
      timeout: commandMs,
    });
    return result.exitCode === 0 ? result.stdout.trim() : null;
  }

  return {
    facts: async () => {
      const memory = await readFile("/proc/meminfo", "utf8");
      const disk = await statfs(place.disk);
      return {
        hostname: hostname(),
        kernel: release(),
        cpus: availableParallelism(),
        cpuModel: cpus()[0]?.model ?? "",
        memoryBytes: totalmem(),
        loadAverage1m: loadavg()[0] ?? 0,
        // Not os.freemem: memory that the page cache holds is there for whoever asks.
        memoryAvailableBytes: availableBytes(memory),
        diskAvailableBytes: disk.bavail * disk.bsize,
      };
    },
    versions: async () => {
      const own = packageSchema.parse(
        JSON.parse(await readFile(join(place.repositoryRoot, "package.json"), "utf8")),
      );
      const sdk = Object.entries(own.dependencies).filter(([name]) => name.startsWith("@pulumi/"));
      const pulumi = await run(place.pulumi, ["version"]);
      return {
        holdfast: own.version,
        node: process.version,
        ...(pulumi === null ? {} : { pulumi }),
        ...Object.fromEntries(sdk),
        ...(await place.siteVersions()),
      };
    },
    standIns: place.standIns,
    gitCommit: async () => {
      const commit = await run("git", ["rev-parse", "--verify", "--quiet", "HEAD"]);
      // Files that git does not know count too: they may be part of what ran.
      const changes = await run("git", ["status", "--porcelain"]);
      return { commit, dirty: changes === null || changes !== "" };
    },
  };
}

export function availableBytes(meminfo: string): number {
  const kibibytes = /^MemAvailable:\s+(\d+) kB$/m.exec(meminfo)?.[1];
  return Number(kibibytes ?? 0) * 1024;
}
