import { type Ctr, pinImage } from "../site/ctr.ts";

/**
 * An image that a site cannot find: its names are gone, so kubelet asks a registry, and there is none. Its contents stay
 * under names that nobody asks for, or the collector would take what only a new disk brings back.
 */

/** @param repository without tag or digest; both kinds of name are taken */
export async function hideImage(ctr: Ctr, repository: string): Promise<readonly string[]> {
  const names = await namesOf(ctr, repository);
  for (const name of names) {
    await ctr(["images", "tag", "--force", name, hidden(name)]);
    await ctr(["images", "remove", name]);
  }
  return names;
}

/** Idempotent, and fine when nothing is hidden. */
export async function showImage(ctr: Ctr, repository: string): Promise<void> {
  for (const name of await namesOf(ctr, hidden(repository))) {
    const shown = name.slice(prefix.length);
    await ctr(["images", "tag", "--force", name, shown]);
    await pinImage(ctr, shown);
    await ctr(["images", "remove", name]);
  }
}

const prefix = "hidden.invalid/";
const hidden = (name: string): string => `${prefix}${name}`;

async function namesOf(ctr: Ctr, repository: string): Promise<readonly string[]> {
  const all = (await ctr(["images", "list", "--quiet"])).split("\n");
  return all.filter((name) => name.startsWith(`${repository}:`) || name.startsWith(`${repository}@`));
}
