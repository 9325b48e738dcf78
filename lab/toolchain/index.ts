import { existsSync } from "node:fs";
import { cp, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import {
  type ArtefactSpec,
  artefact,
  artefactKey,
  type CacheOptions,
  cacheRoot,
  locksOf,
  withLock,
} from "../cache/index.ts";
import { runLogged } from "../cache/run.ts";
import { turns } from "../cache/turns.ts";
import { findGo, type Go } from "./go.ts";
import { type Official, officialKubernetesPlugin, officialPulumi } from "./official.ts";
import { type BuildTool, buildTools, kubernetesParts, pinnedVersion, pins } from "./pins.ts";

export { type BuildTool, buildTools, pinnedVersion, toolsOnDemand } from "./pins.ts";

export interface Tool {
  readonly name: BuildTool;
  /** The program itself; for Kubernetes the multi-call binary, with links named after its parts beside it. */
  readonly path: string;
  readonly version: string;
  readonly source: "built" | "official";
}

/** A Go build fills the machine's cores and its link wants up to 6 GiB: one at a time. */
const goTurn = turns(1);

/** What build.sh writes into the module's folder is no input: it is made from go.sum's contents. */
const WRITTEN_BY_BUILD = ["schema-embed.json", "terraform-mapping-embed.json", ".gitignore"];

/** The tool, official where this machine has it, else built (or reused). */
export async function tool(name: BuildTool, options: CacheOptions = {}): Promise<Tool> {
  const official = await officialTool(name);
  if (official !== undefined) {
    const event = {
      id: name,
      title: pins[name].title,
      message: `official ${official.version}, ${official.path}`,
    };
    options.progress?.report({ kind: "reused", ...event });
    return { name, ...official, source: "official" };
  }
  const spec = await toolSpec(name, options);
  const built = await goTurn(() => artefact(spec, options));
  return { name, path: join(built.path, pins[name].program), version: pinnedVersion(name), source: "built" };
}

export async function tools(options: CacheOptions = {}): Promise<Readonly<Record<BuildTool, Tool>>> {
  const found = await Promise.all(buildTools.map((name) => tool(name, options)));
  return Object.fromEntries(found.map((each) => [each.name, each])) as Record<BuildTool, Tool>;
}

export async function toolKey(name: BuildTool, options: CacheOptions = {}): Promise<string> {
  return artefactKey(await toolSpec(name, options), options);
}

export async function officialTool(name: BuildTool): Promise<Official | undefined> {
  if (name === "pulumi") return officialPulumi(pinnedVersion(name));
  if (name === "pulumi-kubernetes") return officialKubernetesPlugin(pinnedVersion(name));
  return undefined;
}

export async function toolSpec(name: BuildTool, options: CacheOptions = {}): Promise<ArtefactSpec> {
  const go = await theGo();
  return {
    name: `tool-${name}`,
    title: `${pins[name].title} ${pinnedVersion(name).replace(/^.*-\d{14}-/, "at ")}`,
    inputs: [
      { file: scriptOf(name) },
      { tree: join(import.meta.dirname, name), except: WRITTEN_BY_BUILD },
      { label: "go", text: `${go.version} ${process.arch}` },
    ],
    build: (out, note) => buildInCopy(name, go, out, options.root ?? cacheRoot(), note),
  };
}

/** The one of all, or the module's own: a change of the former builds every tool anew. */
function scriptOf(name: BuildTool): string {
  const own = join(import.meta.dirname, name, "build.sh");
  return existsSync(own) ? own : join(import.meta.dirname, "build.sh");
}

let found: Promise<Go> | undefined;
function theGo(): Promise<Go> {
  found ??= findGo();
  return found;
}

/** In a copy of the module: build.sh writes beside it, and a build leaves the checkout as it was. */
async function buildInCopy(
  name: BuildTool,
  go: Go,
  out: string,
  root: string,
  note: (message: string) => void,
): Promise<void> {
  const copy = await mkdtemp(join(tmpdir(), `holdfast-${name}-`));
  try {
    await cp(join(import.meta.dirname, name), join(copy, name), { recursive: true });
    await cp(scriptOf(name), join(copy, "build.sh"));
    const path = go.program === "go" ? process.env.PATH : `${dirname(go.program)}:${process.env.PATH}`;
    // Across processes too: a second checkout's build would only slow both.
    const waiting = (): void => note("waiting for another Go build on this machine");
    const build = () =>
      runLogged({
        log: `tool-${name}`,
        command: "sh",
        args: [join(copy, "build.sh"), name, join(out, pins[name].program)],
        env: { PATH: path },
      });
    await withLock(locksOf(root), "go-build", build, waiting);
    if (name === "kubernetes")
      for (const part of kubernetesParts) await symlink("kubernetes", join(out, part));
  } finally {
    await rm(copy, { recursive: true });
  }
}
