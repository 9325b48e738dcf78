import { readdir, readFile, rmdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { PlaceName } from "../net/addresses.ts";

/** The group that holds everything of one place, in every hierarchy (v1, v2, or both). */
export function cgroupOf(place: PlaceName): string {
  return `/holdfast/${place}`;
}

/**
 * Removes the groups that a dead place left: the kernel keeps empty ones for ever.
 * Without a place, every place's and the parent too.
 */
export async function removeCgroups(place?: PlaceName): Promise<void> {
  for (const hierarchy of await hierarchies()) {
    await removeTree(join(hierarchy, place === undefined ? "/holdfast" : cgroupOf(place)));
  }
}

async function hierarchies(): Promise<string[]> {
  const mounts = await readFile("/proc/mounts", "utf8");
  return mounts
    .split("\n")
    .map((line) => line.split(" "))
    .filter(([, , type]) => type === "cgroup" || type === "cgroup2")
    .flatMap(([, point]) => (point === undefined ? [] : [point]));
}

async function removeTree(group: string): Promise<void> {
  const entries = await readdir(group, { withFileTypes: true }).catch(() => []);
  for (const entry of entries) if (entry.isDirectory()) await removeTree(join(group, entry.name));
  // A process killed a moment ago may still be on its way out of the group.
  for (let attempt = 1; attempt <= 50; attempt += 1) {
    const code = await rmdir(group).then(
      () => "gone",
      (error: NodeJS.ErrnoException) => error.code ?? "",
    );
    if (code !== "EBUSY") return;
    await sleep(20);
  }
}
