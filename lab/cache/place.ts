import { homedir } from "node:os";
import { join } from "node:path";

/** Where built things lie: outside the checkout, so that a `git clean` or a second checkout costs no rebuild. */
export function cacheRoot(env: Readonly<Record<string, string | undefined>> = process.env): string {
  if (env.HOLDFAST_CACHE) return env.HOLDFAST_CACHE;
  return join(env.XDG_CACHE_HOME || join(homedir(), ".cache"), "holdfast");
}

export const artefactsOf = (root: string, name: string): string => join(root, "artefacts", name);
export const locksOf = (root: string): string => join(root, "locks");
export const durationsOf = (root: string): string => join(root, "durations");
