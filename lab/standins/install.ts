// Of the stand-ins for Pulumi's plugins: the lab's alone.
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import path from "node:path";
import { inspectProgram, MARK } from "./mark.ts";
import { AWS_VERSION, CLOUDFLARE_VERSION, RANDOM_VERSION } from "./version.ts";

export interface StandInTarget {
  /** The lab's PULUMI_HOME; stand-ins lie nowhere else, so that no other project meets them. */
  readonly pulumiHome: string;
  /** A folder that the lab puts first on PATH. */
  readonly binDir: string;
  /** The Node binary that runs them. */
  readonly node: string;
  /** Folders to look for official programs in; the lab's own are not among them. @default PATH */
  readonly searchPath?: string;
  /** The home of a Pulumi installation. @default ~/.pulumi */
  readonly officialHome?: string;
}

/** One part that is not the official one; every report of a run lists them. */
export interface StandIn {
  readonly name: string;
  readonly kind: "language" | "resource";
  readonly reason: string;
}

/** Installs a stand-in for each official part the machine does not have. */
export async function installStandins(target: StandInTarget): Promise<readonly StandIn[]> {
  const providers = PROVIDERS.map(([name, version]) => installProvider(target, name, version));
  const installed = await Promise.all([installLanguageHost(target), ...providers]);
  return installed.filter((standIn) => standIn !== undefined);
}

async function installLanguageHost(target: StandInTarget): Promise<StandIn | undefined> {
  const name = "pulumi-language-nodejs";
  const wrapper = path.join(target.binDir, name);
  if (await isOnPath(name, target)) return undefined;
  await writeWrapper(wrapper, here("language-nodejs", name), target.node);
  return {
    name,
    kind: "language",
    reason: "Pulumi's Node language host is neither on PATH nor in Pulumi's home",
  };
}

/** By name and by the SDK's version, which is the plugin's that the engine asks for. */
const PROVIDERS = [
  ["random", RANDOM_VERSION],
  ["aws", AWS_VERSION],
  ["cloudflare", CLOUDFLARE_VERSION],
] as const;

async function installProvider(
  target: StandInTarget,
  provider: string,
  version: string,
): Promise<StandIn | undefined> {
  const name = `pulumi-resource-${provider}`;
  // The engine finds plugins by folder: one of the SDK's exact version is what it asks for.
  const folder = path.join("plugins", `resource-${provider}-v${version}`);
  if (await isOfficial(path.join(officialHome(target), folder, name))) return undefined;
  await writeWrapper(path.join(target.pulumiHome, folder, name), here(provider, name), target.node);
  return {
    name,
    kind: "resource",
    reason: `the ${provider} provider ${version} is not in Pulumi's home`,
  };
}

/** Official programs lie on PATH, or beside the CLI in Pulumi's home. */
async function isOnPath(name: string, target: StandInTarget): Promise<boolean> {
  const folders = (target.searchPath ?? process.env.PATH ?? "")
    .split(path.delimiter)
    .filter((folder) => folder !== "" && path.resolve(folder) !== path.resolve(target.binDir));
  const candidates = [...folders, path.join(officialHome(target), "bin")];
  const found = await Promise.all(candidates.map((folder) => isOfficial(path.join(folder, name))));
  return found.includes(true);
}

function officialHome(target: StandInTarget): string {
  return target.officialHome ?? path.join(homedir(), ".pulumi");
}

/** Not one of our own, which another lab may have left on PATH. */
async function isOfficial(file: string): Promise<boolean> {
  return (await inspectProgram(file)) === "official";
}

function here(...parts: readonly string[]): string {
  return path.join(import.meta.dirname, ...parts);
}

/** A wrapper and not a link: it also says which Node to use, whatever PATH the engine has. */
async function writeWrapper(file: string, program: string, node: string): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
  const lines = [
    "#!/bin/sh",
    `# ${MARK}, written by lab/standins/install.ts.`,
    `HOLDFAST_NODE=${quoted(node)} exec ${quoted(program)} "$@"`,
    "",
  ];
  await writeFile(file, lines.join("\n"));
  await chmod(file, 0o755);
}
