import { readdir, readFile } from "node:fs/promises";

/** What /proc says; every function answers "gone" rather than throwing when a process ends meanwhile. */

export interface ProcessIdentity {
  readonly pid: number;
  /** Field 22 of /proc/PID/stat: tells a process from a later one with the same pid. */
  readonly startTime: string;
}

export async function startTimeOf(pid: number): Promise<string | undefined> {
  const stat = await readIfThere(`/proc/${pid}/stat`);
  // The name in the second field may hold blanks and brackets: count from behind it.
  const fields = stat?.slice(stat.lastIndexOf(")") + 2).split(" ");
  // A zombie has already given up everything it held.
  return fields === undefined || fields[0] === "Z" || fields[0] === "X" ? undefined : fields[19];
}

export async function isRunning(process: ProcessIdentity): Promise<boolean> {
  return (await startTimeOf(process.pid)) === process.startTime;
}

export async function childrenOf(pid: number): Promise<number[]> {
  // Each thread lists the children that it forked itself.
  const threads = await readdir(`/proc/${pid}/task`).catch(() => []);
  const lists = await Promise.all(
    threads.map((thread) => readIfThere(`/proc/${pid}/task/${thread}/children`)),
  );
  return lists.flatMap((list) => (list ?? "").trim().split(" ").filter(Boolean).map(Number));
}

export async function environmentOf(pid: number): Promise<ReadonlyMap<string, string>> {
  const text = (await readIfThere(`/proc/${pid}/environ`)) ?? "";
  return new Map(
    text.split("\0").flatMap((entry) => {
      const at = entry.indexOf("=");
      return at > 0 ? [[entry.slice(0, at), entry.slice(at + 1)] as const] : [];
    }),
  );
}

/** Resident memory, shared pages counted for everyone who maps them. */
export async function residentBytes(pid: number): Promise<number> {
  const status = (await readIfThere(`/proc/${pid}/status`)) ?? "";
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024;
}

/** Memory with shared pages divided among those who map them: sums of it are true. */
export async function proportionalBytes(pid: number): Promise<number> {
  const rollup = (await readIfThere(`/proc/${pid}/smaps_rollup`)) ?? "";
  return Number(/^Pss:\s+(\d+) kB/m.exec(rollup)?.[1] ?? 0) * 1024;
}

/** `pid` and everything below it. Orphans of a place fall to its first process, so below that lies all of the place. */
export async function familyOf(pid: number): Promise<number[]> {
  const family: number[] = [];
  const generation = [pid];
  for (let next = generation.pop(); next !== undefined; next = generation.pop()) {
    family.push(next);
    generation.push(...(await childrenOf(next)));
  }
  return family;
}

async function readIfThere(path: string): Promise<string | undefined> {
  return readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ESRCH" || error.code === "EACCES") return undefined;
    throw error;
  });
}
