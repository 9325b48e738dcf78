import { readdirSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

/** Field 22 of /proc/PID/stat: tells a process from a later one with the same number. Null when there is none. */
export function startTimeOf(pid: number): string | null {
  const stat = readIfThere(`/proc/${pid}/stat`);
  // The name in the second field may hold blanks and brackets: count from behind it.
  const fields = stat?.slice(stat.lastIndexOf(")") + 2).split(" ");
  // A zombie has given up everything it held.
  return fields === undefined || fields[0] === "Z" || fields[0] === "X" ? null : (fields[19] ?? null);
}

export function startTimeHere(): string {
  return startTimeOf(process.pid) ?? "";
}

/** Is it that very process? Without its start time any process of that number counts. */
export function isAlive(pid: number, pidStartTime: string | null): boolean {
  const found = startTimeOf(pid);
  return found !== null && (pidStartTime === null || pidStartTime === "" || found === pidStartTime);
}

/** Was there a process of that number at that time, which is there still? A later one of its number is another. */
export function livesSince(pid: number, atMs: number): boolean {
  const ticks = startTimeOf(pid);
  if (ticks === null) return false;
  const bootMs = Date.now() - Number(readIfThere("/proc/uptime")?.split(" ")[0] ?? 0) * 1000;
  const startedAtMs = bootMs + (Number(ticks) / ticksPerSecond) * 1000;
  return startedAtMs <= atMs + clockSlackMs;
}

/** USER_HZ, the same on every Linux. */
const ticksPerSecond = 100;
/** The wall clock may have been set since. In doubt a process is the one that was there. */
const clockSlackMs = 5_000;

export interface Leftover {
  readonly pid: number;
  readonly startTime: string;
  readonly what: string;
}

/**
 * Engines that a dead driver of this run left running: an `up` carries the run's id in its message. Processes of
 * other runs, and of people, do not.
 */
export function enginesOf(run: string): readonly Leftover[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      const words = (readIfThere(`/proc/${name}/cmdline`) ?? "").split("\0");
      const message = words.find((word) => word.startsWith(`holdfast ${run}: `));
      const startTime = startTimeOf(Number(name));
      if (message === undefined || startTime === null || basename(words[0] ?? "") !== "pulumi") return [];
      return [{ pid: Number(name), startTime, what: message }];
    });
}

/** Asked to stop, as Ctrl-C does: it ends what it has begun and gives its lock back. After `graceMs` it is killed. */
export async function endEngine({ pid, startTime }: Leftover, graceMs: number): Promise<void> {
  const alive = (): boolean => isAlive(pid, startTime);
  const send = (signal: NodeJS.Signals): void => {
    if (alive()) process.kill(pid, signal);
  };
  send("SIGINT");
  const until = Date.now() + graceMs;
  while (alive() && Date.now() < until) await delay(200);
  send("SIGKILL");
  while (alive()) await delay(50);
}

function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null; // it ended meanwhile
  }
}
