import { mkdir, mkdtemp, readdir, readFile, rename, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type Progress, silentProgress } from "../progress/index.ts";
import { removeTree, syncDirectory, syncTree } from "./durable.ts";
import { lastDuration, recordDuration } from "./durations.ts";
import { type Input, keyOf } from "./inputs.ts";
import { withLock } from "./lock.ts";
import { artefactsOf, cacheRoot, locksOf } from "./place.ts";

export type { Input } from "./inputs.ts";
export { withLock } from "./lock.ts";
export { cacheRoot, locksOf } from "./place.ts";

/** The checkout; input paths count relative to it. */
export const repositoryRoot = dirname(dirname(import.meta.dirname));

export interface ArtefactSpec {
  /** One word; also the name of the folder and of the lock. */
  readonly name: string;
  /** What a person sees. @default name */
  readonly title?: string;
  readonly inputs: readonly Input[];
  /** Fills the empty folder `out`. Whatever it throws, nothing is published. `note` tells a person how far it is. */
  build(out: string, note: (message: string) => void): Promise<void>;
}

export interface CacheOptions {
  /** @default cacheRoot() */
  readonly root?: string;
  readonly progress?: Progress;
  /** Folder that input paths are relative to. @default the checkout */
  readonly base?: string;
}

export interface Artefact {
  readonly name: string;
  readonly key: string;
  /** Folder with what `build` made; read-only by agreement. */
  readonly path: string;
  readonly reused: boolean;
  /** How long its build took, now or then. */
  readonly ms: number;
}

interface Stamp {
  readonly name: string;
  readonly key: string;
  readonly ms: number;
  readonly builtAt: string;
}

const STAMP = "artefact.json";
const CONTENT = "out";
/** A dot first: never mistaken for a key. */
const UNFINISHED = ".building-";

/** The thing `spec` describes: the one that lies in the cache, or a new build of it. */
export async function artefact(spec: ArtefactSpec, options: CacheOptions = {}): Promise<Artefact> {
  const root = options.root ?? cacheRoot();
  const progress = options.progress ?? silentProgress;
  const event = { id: spec.name, title: spec.title ?? spec.name };
  const key = await artefactKey(spec, options);
  const present = await published(root, spec.name, key);
  if (present !== undefined) {
    progress.report({ kind: "reused", ...event });
    return present;
  }
  const waiting = (): void =>
    progress.report({ kind: "note", ...event, message: "another process is building it: waiting" });
  return withLock(
    locksOf(root),
    spec.name,
    async () => {
      const meanwhile = await published(root, spec.name, key);
      if (meanwhile !== undefined) {
        progress.report({ kind: "reused", ...event });
        return meanwhile;
      }
      return buildAndPublish(spec, key, root, progress);
    },
    waiting,
  );
}

export function artefactKey(
  spec: Pick<ArtefactSpec, "name" | "inputs">,
  options: CacheOptions = {},
): Promise<string> {
  return keyOf(spec.name, spec.inputs, options.base ?? repositoryRoot);
}

export async function isBuilt(
  spec: Pick<ArtefactSpec, "name" | "inputs">,
  options: CacheOptions = {},
): Promise<boolean> {
  const key = await artefactKey(spec, options);
  return (await published(options.root ?? cacheRoot(), spec.name, key)) !== undefined;
}

/** The artefact under this key, if it was ever finished. */
export async function published(root: string, name: string, key: string): Promise<Artefact | undefined> {
  const home = join(artefactsOf(root, name), key);
  try {
    const stamp = JSON.parse(await readFile(join(home, STAMP), "utf8")) as Stamp;
    return { name, key, path: join(home, CONTENT), reused: true, ms: stamp.ms };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

async function buildAndPublish(
  spec: ArtefactSpec,
  key: string,
  root: string,
  progress: Progress,
): Promise<Artefact> {
  const home = artefactsOf(root, spec.name);
  await mkdir(home, { recursive: true });
  await removeUnfinished(home);
  const event = { id: spec.name, title: spec.title ?? spec.name };
  const expectedMs = await lastDuration(root, spec.name);
  progress.report({ kind: "start", ...event, ...(expectedMs === undefined ? {} : { expectedMs }) });
  const startedAt = performance.now();
  const elapsed = (): number => Math.round(performance.now() - startedAt);
  const temporary = await mkdtemp(join(home, UNFINISHED));
  try {
    const out = join(temporary, CONTENT);
    await mkdir(out);
    await spec.build(out, (message) => progress.report({ kind: "note", ...event, message }));
    const ms = elapsed();
    const stamp: Stamp = { name: spec.name, key, ms, builtAt: new Date().toISOString() };
    await writeFile(join(temporary, STAMP), `${JSON.stringify(stamp, null, 2)}\n`);
    await syncTree(temporary);
    await rename(temporary, join(home, key));
    await syncDirectory(home);
    await recordDuration(root, spec.name, ms);
    progress.report({ kind: "done", ...event, ms });
    return { name: spec.name, key, path: join(home, key, CONTENT), reused: false, ms };
  } catch (error) {
    const message = error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error);
    progress.report({ kind: "failed", ...event, ms: elapsed(), message });
    await removeTree(temporary);
    throw error;
  }
}

/** Called under the lock: whoever left these is dead. */
async function removeUnfinished(home: string): Promise<void> {
  for (const entry of await readdir(home)) {
    if (entry.startsWith(UNFINISHED)) await removeTree(join(home, entry));
  }
}

/** Removes every published version of `name` but `keep`, and what unfinished builds left. Returns the keys removed. */
export async function prune(name: string, keep: ReadonlySet<string>, root = cacheRoot()): Promise<string[]> {
  return withLock(locksOf(root), name, async () => {
    const home = artefactsOf(root, name);
    if (!(await exists(home))) return [];
    const removed = (await readdir(home)).filter((entry) => !keep.has(entry));
    for (const entry of removed) await removeTree(join(home, entry));
    return removed.filter((entry) => !entry.startsWith(UNFINISHED));
  });
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
