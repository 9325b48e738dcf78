import { cp, mkdir, readdir, symlink } from "node:fs/promises";
import path from "node:path";
import { repository } from "./holdfast.ts";

/** A checkout with the example's stack files in place of the lab's. */
export async function layOut(root: string, example: string): Promise<string> {
  const project = path.join(root, "checkout");
  await mkdir(project);
  const skipped = /^(?:Pulumi\..+\.yaml|\.git|runs)$/u;
  for (const name of await readdir(repository)) {
    if (!skipped.test(name)) await symlink(path.join(repository, name), path.join(project, name));
  }
  await cp(path.join(repository, "examples", example), project, { recursive: true });
  return project;
}
