// Of the stand-ins for Pulumi's plugins: the lab's alone.
import { readdir } from "node:fs/promises";
import path from "node:path";
import { inspectProgram } from "./mark.ts";

/**
 * The stand-ins that the engine would use with this home and PATH: what a production run refuses to start
 * with, and what a report lists.
 */
export async function detectStandIns(where: {
  readonly pulumiHome: string;
  /** Folders, as in PATH. */
  readonly searchPath: string;
}): Promise<readonly string[]> {
  const plugins = path.join(where.pulumiHome, "plugins");
  const folders = await readdir(plugins).catch(() => []);
  const resources = folders.flatMap((folder) => {
    const [, name] = /^resource-(.+)-v\d/u.exec(folder) ?? [];
    return name === undefined ? [] : [path.join(plugins, folder, `pulumi-resource-${name}`)];
  });
  const host = await firstOnPath("pulumi-language-nodejs", where.searchPath);
  const files = [...(host === undefined ? [] : [host]), ...resources];
  const kinds = await Promise.all(files.map(inspectProgram));
  return files.filter((_, index) => kinds[index] === "stand-in").map((file) => path.basename(file));
}

/** Only the first counts: what lies behind it is never run. */
async function firstOnPath(name: string, searchPath: string): Promise<string | undefined> {
  for (const folder of searchPath.split(path.delimiter)) {
    if (folder === "") continue;
    const file = path.join(folder, name);
    if ((await inspectProgram(file)) !== "missing") return file;
  }
  return undefined;
}
