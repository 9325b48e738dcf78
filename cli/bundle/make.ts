import { readdirSync, readFileSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { machine, type as systemType, tmpdir } from "node:os";
import { join, relative } from "node:path";
import { execa } from "execa";
import { UserError } from "../../errors/user-error.ts";
import { findNeedles, type Needle } from "../secrets/needles.ts";
import { makeTar, packed, sumOf, sumOfText } from "./archive.ts";
import {
  type BundleManifest,
  type BundlePart,
  bundleKeys,
  isSameBundle,
  missingParts,
  parseManifest,
  renderManifest,
} from "./manifest.ts";
import { packagesThatRun, runs } from "./packages.ts";
import { findPrograms, type InstalledPrograms, standInWrapper } from "./programs.ts";
import type { BundleStore } from "./store.ts";

export interface MakeInputs {
  readonly repositoryRoot: string;
  readonly commit: string;
  readonly store: BundleStore;
  readonly madeAt: string;
  readonly backend: string | null;
  readonly path: string;
  readonly pulumiHome: string | undefined;
  readonly node: string;
  /** What may be nowhere in a bundle: the key of the state's secrets first. */
  readonly secrets: readonly Needle[];
  /** Every part again, also those that are stored. */
  readonly all: boolean;
  readonly note: (line: string) => void;
}

export interface MadeBundle {
  readonly manifest: BundleManifest;
  readonly manifestSha256: string;
  /** False when the third place had the same already. */
  readonly changed: boolean;
  readonly stored: readonly { readonly name: string; readonly bytes: number; readonly packedBytes: number }[];
}

/** What lies in the repository and must not lie beside the state that it opens. */
const neverInBundle = ["lab/passphrase"];

/** Stores what a promotion needs and is not in the third place yet; the manifest last, so that what it names is there. */
export async function makeBundle(inputs: MakeInputs): Promise<MadeBundle> {
  const { store, commit, repositoryRoot: root } = inputs;
  const folder = await mkdtemp(join(tmpdir(), "holdfast-bundle-"));
  try {
    const git = gitIn(root);
    const runbook = await git.file(commit, "docs/runbook.md");
    const unpack = await readFile(join(import.meta.dirname, "unpack.sh"), "utf8");
    const texts = { "unpack.sh": unpack, "runbook.md": runbook };
    const parts = await makeParts(inputs, folder);
    const manifest: BundleManifest = {
      commit,
      madeAt: inputs.madeAt,
      platform: `${systemType()}-${machine()}`,
      backend: inputs.backend,
      parts: parts.map(({ part }) => part),
      files: Object.entries(texts).map(([name, text]) => ({ name, ...sumOfText(text) })),
    };
    const known = inputs.all ? new Set<string>() : await store.keys(bundleKeys.partPrefix);
    const missing = missingParts(manifest.parts, known);
    const stored: MadeBundle["stored"][number][] = [];
    for (const part of missing) {
      const file = parts.find((one) => one.part === part)?.file ?? "";
      const body = await packed(file);
      await store.write(bundleKeys.part(part.sha256), body);
      stored.push({ name: part.name, bytes: part.bytes, packedBytes: body.length });
      inputs.note(`stored ${part.name}: ${megabytes(part.bytes)}, ${megabytes(body.length)} packed`);
    }
    const latest = await store.read(bundleKeys.latest);
    const changed =
      inputs.all || latest === null || !isSameAs(manifest, Buffer.from(latest).toString("utf8"));
    const current = changed ? manifest : parseManifest(Buffer.from(latest ?? "").toString("utf8"));
    const text = renderManifest(current);
    if (changed) {
      for (const [name, content] of Object.entries(texts)) {
        const file = { name, ...sumOfText(content) };
        for (const key of [bundleKeys.file(file), bundleKeys.open(name)])
          await store.write(key, Buffer.from(content));
      }
      await store.write(bundleKeys.manifest(manifest.madeAt), Buffer.from(text));
      await store.write(bundleKeys.latest, Buffer.from(text));
    }
    return { manifest: current, manifestSha256: sumOfText(text).sha256, changed, stored };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** One that cannot be read is replaced. */
function isSameAs(manifest: BundleManifest, latest: string): boolean {
  try {
    return isSameBundle(manifest, parseManifest(latest));
  } catch (error) {
    if (error instanceof UserError) return false;
    throw error;
  }
}

export const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;

interface Made {
  readonly part: BundlePart;
  readonly file: string;
}

async function makeParts(inputs: MakeInputs, folder: string): Promise<readonly Made[]> {
  const { repositoryRoot: root, commit, note } = inputs;
  const made: Made[] = [];
  const add = async (
    name: string,
    target: string,
    work: (output: string) => Promise<void>,
  ): Promise<void> => {
    const file = join(folder, `${name}.tar`);
    await work(file);
    made.push({ part: { name, folder: target, ...(await sumOf(file)) }, file });
  };
  const git = gitIn(root);
  await add("program", "program", (output) => git.archive(commit, output));
  await refuseSecrets(join(folder, "program.tar"), inputs.secrets);
  const modules = await realpath(join(root, "node_modules"));
  const files = packageFiles(modules, await git.file(commit, "package-lock.json"));
  note(`program at ${commit.slice(0, 12)}, ${files.length} files of its packages`);
  await add("packages", "program/node_modules", (output) => makeTar(output, modules, files));
  const { readDependencies } = await import("../../lab/standins/language-nodejs/dependencies.ts");
  const plugins = (await readDependencies(root)).flatMap(({ plugin }) =>
    plugin === undefined ? [] : [plugin],
  );
  const programs = await findPrograms(inputs, plugins);
  for (const { part, folder: target, files: named } of programs.official) {
    const stage = join(folder, part);
    await mkdir(stage);
    for (const [name, file] of Object.entries(named)) await symlink(await realpath(file), join(stage, name));
    await add(part, target, (output) => makeTar(output, stage, Object.keys(named)));
  }
  if (programs.standIns.length > 0)
    await add("stand-ins", ".", (output) => wrappers(programs, folder, output));
  return made;
}

async function wrappers({ standIns }: InstalledPrograms, folder: string, output: string): Promise<void> {
  const stage = join(folder, "stand-ins");
  const names: string[] = [];
  for (const standIn of standIns) {
    const name = `${standIn.folder}/${standIn.name}`;
    await mkdir(join(stage, standIn.folder), { recursive: true });
    await writeFile(join(stage, name), standInWrapper(standIn));
    await chmod(join(stage, name), 0o755);
    names.push(name);
  }
  await makeTar(output, stage, names);
}

/** Files of the packages that run, below `modules`, with the stamp by which the launcher knows them for the locked ones. */
export function packageFiles(modules: string, lock: string): readonly string[] {
  const stamp = ".holdfast-lock";
  const installed = readIfThere(join(modules, stamp))?.trim();
  if (installed !== sumOfText(lock).sha256)
    throw new UserError("BUNDLE_REFUSED", {
      what: "the installed packages are not those of the commit that is bundled",
      got:
        installed === undefined ? "packages that holdfast has not installed" : "another package-lock.json's",
      hint: "check that commit out and run ./holdfast --version there, which installs them",
    });
  const folders = packagesThatRun(JSON.parse(lock)).map((path) => path.replace(/^node_modules\//, ""));
  // An optional one of another platform is in the lock and not on the disk.
  return [stamp, ...folders.flatMap((one) => filesBelow(modules, join(modules, one)))];
}

function filesBelow(root: string, folder: string): readonly string[] {
  let entries: ReturnType<typeof listFolder>;
  try {
    entries = listFolder(folder);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw error;
  }
  return entries.flatMap((entry) => {
    const path = join(folder, entry.name);
    // A package's own packages are entries of the lock themselves.
    if (entry.isDirectory()) return entry.name === "node_modules" ? [] : filesBelow(root, path);
    return runs(entry.name) ? [relative(root, path)] : [];
  });
}

const listFolder = (folder: string) => readdirSync(folder, { withFileTypes: true });

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}

/** The third place holds the state; whoever reads the bundle there must not find the key to it. */
async function refuseSecrets(tar: string, needles: readonly Needle[]): Promise<void> {
  const [first] = findNeedles(await readFile(tar), needles);
  if (first === undefined) return;
  throw new UserError("BUNDLE_REFUSED", {
    what: "the program at that commit holds a secret",
    got: `the value of ${first.secret} (${first.encoding}), line ${first.line} of the archive`,
    allowed: "no secret in the third place beside what it opens",
    hint: "take it out of the repository and change it: it is in its history",
  });
}

function gitIn(root: string) {
  const git = async (args: readonly string[], what: string): Promise<string> => {
    const result = await execa("git", args, { cwd: root, reject: false, stripFinalNewline: false });
    if (result.exitCode === 0) return result.stdout;
    throw new UserError("BUNDLE_REFUSED", {
      what,
      got: result.stderr.trim(),
      hint: "git fetch, or run this in a checkout that has the commit",
    });
  };
  return {
    file: (commit: string, path: string) =>
      git(["show", `${commit}:${path}`], `commit ${commit} or its ${path} is not here`),
    archive: async (commit: string, output: string): Promise<void> => {
      const paths = [".", ...neverInBundle.map((path) => `:(exclude)${path}`)];
      await git(
        ["archive", "--format=tar", `--output=${output}`, commit, "--", ...paths],
        `commit ${commit} is not here`,
      );
    },
  };
}
