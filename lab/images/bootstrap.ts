import { existsSync } from "node:fs";
import { join } from "node:path";
import { cacheRoot, type Input } from "../cache/index.ts";
import { runLogged } from "../cache/run.ts";
import { debianMirror } from "./mirror.ts";
import { ensurePackages } from "./packages.ts";

/** A Debian tree, described. */
export interface Recipe {
  readonly suite: "bullseye" | "trixie" | "forky";
  readonly packages: readonly string[];
  /**
   * Folder beside this file. `before.sh` runs before the packages are configured, then `files/` is
   * copied over the tree, then `after.sh` checks and tidies it; each is optional and gets the tree as $1.
   */
  readonly hooks: string;
}

const NOT_NEEDED = [
  "/usr/share/doc/*",
  "/usr/share/man/*",
  "/usr/share/info/*",
  "/usr/share/locale/*",
  "/usr/share/lintian/*",
];

const folderOf = (recipe: Recipe): string => join(import.meta.dirname, recipe.hooks);

/** What makes another tree of it. Not the mirror's state: a tree is as fresh as its build. */
export function recipeInputs(recipe: Recipe): readonly Input[] {
  return [
    { tree: folderOf(recipe) },
    { label: "recipe", text: JSON.stringify(recipe) },
    { label: "flags", text: JSON.stringify(flags(recipe)) },
  ];
}

/** Unpacks and configures the recipe's packages: into a tar file where `target` ends in .tar, else into that folder. */
export async function bootstrap(
  recipe: Recipe,
  target: string,
  note: (message: string) => void,
): Promise<void> {
  await ensurePackages(cacheRoot(), ["mmdebstrap", "debian-archive-keyring"]);
  const mirror = await debianMirror();
  note(`installing ${recipe.packages.length} packages and what they need`);
  await runLogged({
    log: `debian-${recipe.hooks}`,
    command: "mmdebstrap",
    args: [...flags(recipe), ...hooks(folderOf(recipe)), recipe.suite, target, mirror],
    env: { DEBIAN_FRONTEND: "noninteractive" },
  });
}

function flags(recipe: Recipe): string[] {
  return [
    "--mode=root",
    "--variant=minbase",
    `--include=${recipe.packages.join(",")}`,
    "--components=main",
    // Debian 12's keyring package already has the keys that sign all three suites.
    "--keyring=/usr/share/keyrings/debian-archive-keyring.gpg",
    // A mirror frozen at a date serves a testing suite whose Release file has expired; signatures are still checked.
    '--aptopt=Acquire::Check-Valid-Until "false"',
    ...NOT_NEEDED.map((path) => `--dpkgopt=path-exclude=${path}`),
    "--dpkgopt=path-include=/usr/share/doc/*/copyright",
    // Files that before.sh puts in place win over a package's own.
    "--dpkgopt=force-confold",
    "--skip=output/dev", // the runtime makes /dev; device nodes in a layer only cost privileges
  ];
}

function hooks(folder: string): string[] {
  const before = join(folder, "before.sh");
  const files = join(folder, "files");
  const after = join(folder, "after.sh");
  return [
    ...(existsSync(before) ? [`--essential-hook=sh '${before}' "$1"`] : []),
    ...(existsSync(files) ? [`--customize-hook=cp -R --no-preserve=all '${files}/.' "$1/"`] : []),
    ...(existsSync(after) ? [`--customize-hook=sh '${after}' "$1"`] : []),
  ];
}
