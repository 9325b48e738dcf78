import { chmod } from "node:fs/promises";
import { join } from "node:path";
import { type Artefact, type ArtefactSpec, artefact, type CacheOptions } from "../cache/index.ts";
import { bootstrap, type Recipe, recipeInputs } from "./bootstrap.ts";
import { debianTurn } from "./debian-turn.ts";

/** Of the site root's own release, whose libraries its programs run with; a tree apart, so that neither rebuilds the other. */
const recipe: Recipe = { suite: "trixie", hooks: "prometheus", packages: ["prometheus"] };

export const prometheusRootSpec: ArtefactSpec = {
  name: "prometheus-root",
  title: "Prometheus (Debian 13)",
  inputs: [...recipeInputs(recipe), { label: "architecture", text: process.arch }],
  async build(out, note) {
    await bootstrap(recipe, out, note);
    await chmod(out, 0o755);
  },
};

/** `path` is an unpacked tree of which the third place sees two programs. */
export function prometheusRoot(options: CacheOptions = {}): Promise<Artefact> {
  return debianTurn(() => artefact(prometheusRootSpec, options));
}

export const prometheusPrograms = ["prometheus", "promtool"] as const;

export const prometheusProgram = (root: string, name: (typeof prometheusPrograms)[number]): string =>
  join(root, "usr", "bin", name);
