import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { writeWhole } from "./durable.ts";
import { durationsOf } from "./place.ts";

/** How long NAME took the last time it was built here, whatever its key was. */
export async function lastDuration(root: string, name: string): Promise<number | undefined> {
  try {
    const value = Number(await readFile(join(durationsOf(root), name), "utf8"));
    return Number.isFinite(value) ? value : undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

export async function recordDuration(root: string, name: string, ms: number): Promise<void> {
  await writeWhole(join(durationsOf(root), name), String(Math.round(ms)));
}
