import { chmod } from "node:fs/promises";
import { type Artefact, type ArtefactSpec, artefact, type CacheOptions, cacheRoot } from "../cache/index.ts";
import { bootstrap, recipeInputs } from "./bootstrap.ts";
import { debianTurn } from "./debian-turn.ts";
import { siteRootRecipe } from "./recipes.ts";

export const siteRootSpec: ArtefactSpec = {
  name: "site-root",
  title: "site root (Debian 13, etcd, containerd, name servers)",
  inputs: [...recipeInputs(siteRootRecipe), { label: "architecture", text: process.arch }],
  async build(out, note) {
    await bootstrap(siteRootRecipe, out, note);
    await chmod(out, 0o755);
  },
};

const underWay = new Map<string, Promise<Artefact>>();

/** `path` is the unpacked tree: a lower layer for sites, never written to. */
export function siteRoot(options: CacheOptions = {}): Promise<Artefact> {
  // Asked for by several others at once: one of them builds, and the rest need not wait in line for a turn.
  const root = options.root ?? cacheRoot();
  const begun = underWay.get(root);
  if (begun !== undefined) return begun;
  const work = debianTurn(() => artefact(siteRootSpec, options)).finally(() => underWay.delete(root));
  underWay.set(root, work);
  return work;
}
