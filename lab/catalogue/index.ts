import { lastDuration } from "../cache/durations.ts";
import {
  type ArtefactSpec,
  artefactKey,
  type CacheOptions,
  cacheRoot,
  prune,
  published,
} from "../cache/index.ts";
import { chromiumRoot, chromiumRootSpec } from "../images/chromium-root.ts";
import { containerdRoot, containerdRootSpec } from "../images/containerd-root.ts";
import { image, imageSpec } from "../images/image.ts";
import { prometheusRoot, prometheusRootSpec } from "../images/prometheus-root.ts";
import { imageNames } from "../images/recipes.ts";
import { siteRoot, siteRootSpec } from "../images/site-root.ts";
import { buildTools, officialTool, tool, toolSpec, toolsOnDemand } from "../toolchain/index.ts";
import type { ArtefactState } from "./state.ts";

export type { ArtefactState } from "./state.ts";

/** One thing the lab has built beforehand, and how to have it. */
interface Entry {
  readonly name: string;
  /** Not part of the lab: built when it is asked for by name, or by the command that needs it. */
  readonly onDemand?: true;
  spec(options: CacheOptions): Promise<Omit<ArtefactSpec, "build">>;
  have(options: CacheOptions): Promise<unknown>;
  /** What stands in for a build on this machine. */
  instead?(): Promise<string | undefined>;
}

const entries: readonly Entry[] = [
  ...buildTools.map(
    (name): Entry => ({
      name: `tool-${name}`,
      ...(toolsOnDemand.includes(name) ? { onDemand: true as const } : {}),
      spec: (options) => toolSpec(name, options),
      have: (options) => tool(name, options),
      async instead() {
        const official = await officialTool(name);
        return official === undefined ? undefined : `official ${official.version}`;
      },
    }),
  ),
  { name: siteRootSpec.name, spec: async () => siteRootSpec, have: siteRoot },
  { name: prometheusRootSpec.name, spec: async () => prometheusRootSpec, have: prometheusRoot },
  ...imageNames.map(
    (name): Entry => ({
      name: `image-${name}`,
      spec: (options) => imageSpec(name, options),
      have: (options) => image(name, options),
    }),
  ),
  { name: "containerd-root", spec: containerdRootSpec, have: containerdRoot },
  {
    name: "image-bench",
    onDemand: true,
    spec: (options) => imageSpec("bench", options),
    have: (options) => image("bench", options),
  },
  { name: chromiumRootSpec.name, onDemand: true, spec: async () => chromiumRootSpec, have: chromiumRoot },
];

export const artefactNames: readonly string[] = entries.map((entry) => entry.name);
/** What a whole build builds. */
export const labArtefactNames: readonly string[] = entries
  .filter((entry) => entry.onDemand !== true)
  .map((entry) => entry.name);

export function listArtefacts(options: CacheOptions = {}): Promise<ArtefactState[]> {
  return Promise.all(entries.map((entry) => stateOf(entry, options)));
}

async function stateOf(entry: Entry, options: CacheOptions): Promise<ArtefactState> {
  const root = options.root ?? cacheRoot();
  const detail = await entry.instead?.();
  if (detail !== undefined)
    return { name: entry.name, title: entry.name, key: "", state: "official", detail };
  const spec = await entry.spec(options);
  const key = await artefactKey(spec, options);
  const title = spec.title ?? entry.name;
  const present = await published(root, entry.name, key);
  if (present !== undefined) return { name: entry.name, title, key, state: "built", ms: present.ms };
  const ms = await lastDuration(root, entry.name);
  return { name: entry.name, title, key, state: "missing", ...(ms === undefined ? {} : { ms }) };
}

/**
 * Builds what is missing of `names` (the lab's by default): Go builds one after the other,
 * and beside them the images, whose time goes to the network. The first failure is
 * thrown when everything that had begun has ended, so that nothing works on unseen.
 */
export async function buildArtefacts(
  names: readonly string[] = labArtefactNames,
  options: CacheOptions = {},
): Promise<void> {
  const wanted = entries.filter((entry) => names.includes(entry.name));
  const results = await Promise.allSettled(wanted.map((entry) => entry.have(options)));
  const failure = results.find((result) => result.status === "rejected");
  if (failure !== undefined) throw failure.reason;
}

/** Removes every version that the present checkout would not use. Returns `NAME KEY` of each. */
export async function pruneArtefacts(options: CacheOptions = {}): Promise<string[]> {
  const removed: string[] = [];
  for (const state of await listArtefacts(options)) {
    const keep = new Set(state.key === "" ? [] : [state.key]);
    for (const key of await prune(state.name, keep, options.root)) removed.push(`${state.name} ${key}`);
  }
  return removed;
}
