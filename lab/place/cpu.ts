import { readFile } from "node:fs/promises";

/**
 * Processor seconds that everything of the lab has used so far, in either version of
 * cgroups; null where neither is there. Unlike a wall clock it does not run faster
 * when the machine is busy with something else.
 */
export async function labCpuSeconds(root = "/sys/fs/cgroup"): Promise<number | null> {
  const read = (path: string): Promise<string | undefined> =>
    readFile(`${root}/${path}`, "utf8").catch(() => undefined);
  const first = await read("cpuacct/holdfast/cpuacct.usage");
  if (first !== undefined) return Number(first) / 1e9;
  const usage = /^usage_usec (\d+)$/m.exec((await read("holdfast/cpu.stat")) ?? "")?.[1];
  return usage === undefined ? null : Number(usage) / 1e6;
}
