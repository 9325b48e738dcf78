import { mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { type ConfigChange, changeConfig } from "../../../drill/config-copy.ts";
import { repository } from "./holdfast.ts";

/** A fresh clone of the commit that is checked out, as a pipeline has it. */
export interface Clone {
  readonly folder: string;
  /** Changes a stack file and commits that, as a merge does. */
  commit(stack: string, changes: readonly ConfigChange[]): Promise<void>;
  /** Files that differ from its last commit. */
  changed(): Promise<string>;
  remove(): Promise<void>;
}

export async function freshClone(): Promise<Clone> {
  const folder = await mkdtemp(join(tmpdir(), "holdfast-clone-"));
  const git = async (...args: readonly string[]): Promise<string> =>
    (
      await execa("git", ["-c", "user.name=test", "-c", "user.email=test@holdfast.test", ...args], {
        cwd: folder,
      })
    ).stdout;
  await git("clone", "--quiet", repository, ".");
  // The packages are the locked ones; the launcher looks at their stamp and finds nothing to install.
  await symlink(join(repository, "node_modules"), join(folder, "node_modules"));
  return {
    folder,
    async commit(stack, changes) {
      const file = join(folder, `Pulumi.${stack}.yaml`);
      await writeFile(file, changeConfig(await readFile(file, "utf8"), changes));
      await git("commit", "--quiet", "--message", `test: ${stack}`, "--", file);
    },
    changed: () => git("status", "--porcelain", "--", ".", ":!node_modules"),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
