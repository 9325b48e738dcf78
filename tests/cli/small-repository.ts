import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { sumOfText } from "../../cli/bundle/archive.ts";
import type { MakeInputs } from "../../cli/bundle/make.ts";

/** A repository to bundle: a few files, installed packages, a command line and a plugin, none of which does anything. */
export interface SmallRepository {
  readonly repository: string;
  /** A folder for PATH. */
  readonly bin: string;
  readonly inputs: Omit<MakeInputs, "commit" | "store">;
  /** Commits index.ts with this text. Gives the commit. */
  commit(text: string): Promise<string>;
}

export const lock = JSON.stringify({
  lockfileVersion: 3,
  packages: {
    "": {},
    "node_modules/used": {},
    "node_modules/used/node_modules/inner": {},
    "node_modules/used/node_modules/inner-of-tests": { dev: true },
    "node_modules/absent": { optional: true },
    "node_modules/only-tests": { dev: true },
  },
});

export function put(file: string, text: string, mode = 0o644): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  chmodSync(file, mode);
}

export async function smallRepository(root: string): Promise<SmallRepository> {
  const repository = join(root, "repository");
  const bin = join(root, "bin");
  const pulumiHome = join(root, "home");
  const modules = join(repository, "node_modules");
  const used = { name: "used", version: "1.2.3", pulumi: { resource: true, name: "thing" } };
  const git = (...args: readonly string[]) =>
    execa("git", ["-c", "user.name=t", "-c", "user.email=t@example.test", ...args], { cwd: repository });
  put(join(repository, "package.json"), JSON.stringify({ name: "x", dependencies: { used: "1.0.0" } }));
  put(join(repository, "package-lock.json"), lock);
  put(join(repository, "docs/runbook.md"), "# What to do\n");
  put(join(repository, "lab/passphrase"), "the-public-passphrase");
  put(join(modules, ".holdfast-lock"), `${sumOfText(lock).sha256}\n`);
  put(join(modules, "used/package.json"), JSON.stringify(used));
  put(join(modules, "used/index.js"), "run");
  put(join(modules, "used/index.d.ts"), "types");
  put(join(modules, "used/node_modules/inner/index.js"), "inner");
  put(join(modules, "used/node_modules/inner-of-tests/index.js"), "no");
  put(join(modules, "only-tests/index.js"), "no");
  put(join(bin, "pulumi"), "#!/bin/sh\necho pulumi\n", 0o755);
  put(join(bin, "pulumi-language-nodejs"), "#!/bin/sh\n# Lab stand-in\n", 0o755);
  put(join(pulumiHome, "plugins/resource-thing-v1.2.3/pulumi-resource-thing"), "#!/bin/sh\n", 0o755);
  await git("init", "--quiet");
  return {
    repository,
    bin,
    inputs: {
      repositoryRoot: repository,
      madeAt: "2026-01-05T10:00:00.000Z",
      backend: "s3://state?region=x",
      path: bin,
      pulumiHome,
      node: join(bin, "pulumi"),
      secrets: [],
      all: false,
      note: () => undefined,
    },
    async commit(text) {
      put(join(repository, "index.ts"), text);
      await git("add", "--all", "--", ".", ":!node_modules");
      await git("commit", "--quiet", "--message", "x");
      return (await git("rev-parse", "HEAD")).stdout;
    },
  };
}
