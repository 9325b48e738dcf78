import { cp, mkdir, rename, rm, symlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { cacheRoot, type Input } from "../cache/index.ts";
import { runLogged } from "../cache/run.ts";
import { ensurePackages } from "./packages.ts";

/** A program of npm's, with the Node that runs it. */
export interface NpmApplication {
  /** Folder beside this file: package.json, its lock, and prune.sh, which gets node_modules as $1. */
  readonly folder: string;
  /** Package whose program of the same name goes to /usr/local/bin. */
  readonly program: string;
}

/** What makes another application of it, beside its folder. */
export const npmApplicationInputs: readonly Input[] = [{ file: import.meta.filename }];

/**
 * Adds the locked packages to a tree in a tar: below /usr/local/lib/PROGRAM, with `node` and the program
 * in /usr/local/bin. No install script runs: they download and compile for platforms that are not here.
 */
export async function addNpmApplication(
  application: NpmApplication,
  tar: string,
  note: (message: string) => void,
): Promise<void> {
  const { folder, program } = application;
  const source = join(import.meta.dirname, folder);
  const stage = join(dirname(tar), "npm");
  const local = join(stage, "usr/local");
  const home = join(local, "lib", program);
  const modules = join(home, "node_modules");
  await mkdir(home, { recursive: true });
  await mkdir(join(local, "bin"));
  for (const file of ["package.json", "package-lock.json"]) await cp(join(source, file), join(home, file));
  note(`installing npm's ${program}`);
  await ensureNpm();
  const quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error"];
  await runLogged({ log: `npm-${program}`, command: "npm", args: ["ci", "--prefix", home, ...quiet] });
  const node = join(local, "bin", "node");
  const ofNode = join(modules, `node-linux-${process.arch}`);
  await rename(join(ofNode, "bin/node"), node);
  await rm(ofNode, { recursive: true });
  await symlink(`../lib/${program}/node_modules/${program}/bin/${program}`, join(local, "bin", program));
  await runLogged({ log: `prune-${program}`, command: "sh", args: [join(source, "prune.sh"), modules] });
  // Says at once that a package which is needed at its start was pruned.
  await runLogged({ log: `try-${program}`, command: node, args: [join(local, "bin", program), "--help"] });
  // An archive of its own first: appending keeps the old format of the first one, in which these paths are too long.
  const added = `${tar}.${program}`;
  const owner = ["--owner=0", "--group=0", "--mode=go-w"];
  await execa("tar", [
    "--create",
    "--format=gnu",
    `--file=${added}`,
    `--directory=${stage}`,
    ...owner,
    "./usr",
  ]);
  await execa("tar", ["--concatenate", `--file=${tar}`, added]);
  await rm(added);
  await rm(stage, { recursive: true });
}

/** Whoever's npm is there: Debian's would take its place. */
async function ensureNpm(): Promise<void> {
  const { failed } = await execa("npm", ["--version"], { reject: false });
  if (failed) await ensurePackages(cacheRoot(), ["npm"]);
}
