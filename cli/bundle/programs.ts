import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { UserError } from "../../errors/user-error.ts";

/** Programs as they are installed here. A stand-in of the lab lies in the program's own tree, and is started from there. */
export interface InstalledPrograms {
  readonly official: readonly Installed[];
  readonly standIns: readonly StandInProgram[];
}

export interface Installed {
  /** Name of its part of the bundle. */
  readonly part: string;
  /** Folder in the bundle. */
  readonly folder: string;
  /** Name in that folder -> where it is. */
  readonly files: Readonly<Record<string, string>>;
}

export interface StandInProgram {
  readonly folder: string;
  readonly name: string;
  /** Folder below lab/standins. */
  readonly kind: string;
}

interface Surroundings {
  readonly path: string;
  /** $PULUMI_HOME */
  readonly pulumiHome: string | undefined;
  readonly node: string;
}

const required = ["pulumi", "pulumi-language-nodejs"] as const;
/** Beside the command line where it is a released one. */
const companions = ["pulumi-language-nodejs-exec", "pulumi-resource-pulumi-nodejs", "pulumi-analyzer-policy"];

export async function findPrograms(
  { path, pulumiHome, node }: Surroundings,
  plugins: readonly { readonly name: string; readonly version: string }[],
): Promise<InstalledPrograms> {
  const { inspectProgram } = await import("../../lab/standins/mark.ts");
  const home = pulumiHome ?? join(homedir(), ".pulumi");
  const folders = [...path.split(delimiter).filter((folder) => folder !== ""), join(home, "bin")];
  const standIns: StandInProgram[] = [];
  const cli: Record<string, string> = {};
  for (const name of [...required, ...companions]) {
    const found = await firstExecutable(folders, name);
    if (found === undefined) {
      if (companions.includes(name)) continue;
      throw new UserError("TOOL_MISSING", {
        what: "a program that a promotion needs is not here",
        got: `no ${name} on PATH`,
        hint: 'install Pulumi\'s command line; in the lab: eval "$(holdfast env)"',
      });
    }
    if ((await inspectProgram(found)) === "stand-in")
      standIns.push({ folder: "bin", name, kind: name.replace(/^pulumi-/, "") });
    else cli[name] = found;
  }
  const official: Installed[] = [
    { part: "cli", folder: "bin", files: cli },
    { part: "node", folder: "bin", files: { node } },
  ];
  for (const { name, version } of plugins) {
    const program = `pulumi-resource-${name}`;
    const folder = `resource-${name}-${version}`;
    const found = join(home, "plugins", folder, program);
    const kind = await inspectProgram(found);
    if (kind === "missing")
      throw new UserError("TOOL_MISSING", {
        what: "a plugin that the program needs is not installed",
        got: `no ${found}`,
        hint: `pulumi plugin install resource ${name} ${version}`,
      });
    const target = `home/plugins/${folder}`;
    if (kind === "stand-in") standIns.push({ folder: target, name: program, kind: name });
    else official.push({ part: `plugin-${name}-${version}`, folder: target, files: { [program]: found } });
  }
  return { official, standIns };
}

async function firstExecutable(folders: readonly string[], name: string): Promise<string | undefined> {
  for (const folder of folders) {
    const file = join(folder, name);
    const there = await access(file, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (there) return file;
  }
  return undefined;
}

/** Starts the stand-in that lies in the bundle's own program, with the bundle's own node. */
export function standInWrapper({ folder, name, kind }: StandInProgram): string {
  const up = folder
    .split("/")
    .map(() => "..")
    .join("/");
  return [
    "#!/bin/sh",
    "# Lab stand-in, of a bundle.",
    'here=$(CDPATH=\'\' cd -- "$(dirname -- "$0")" && pwd)',
    `HOLDFAST_NODE="$here/${up}/bin/node" exec "$here/${up}/program/lab/standins/${kind}/${name}" "$@"`,
    "",
  ].join("\n");
}
