import { chmod } from "node:fs/promises";
import { type Artefact, type ArtefactSpec, artefact, type CacheOptions } from "../cache/index.ts";
import { bootstrap, type Recipe, recipeInputs } from "./bootstrap.ts";
import { debianTurn } from "./debian-turn.ts";

/** moto answers as AWS's APIs do; its server wants Flask, which the package only suggests. */
const recipe: Recipe = {
  suite: "trixie",
  hooks: "moto",
  packages: ["python3-moto", "python3-flask", "python3-flask-cors"],
};

export const motoRootSpec: ArtefactSpec = {
  name: "moto-root",
  title: "moto (Debian 13)",
  inputs: [...recipeInputs(recipe), { label: "architecture", text: process.arch }],
  async build(out, note) {
    await bootstrap(recipe, out, note);
    await chmod(out, 0o755);
  },
};

/** `path` is an unpacked tree with moto_server, which `lab/moto.ts` starts. */
export function motoRoot(options: CacheOptions = {}): Promise<Artefact> {
  return debianTurn(() => artefact(motoRootSpec, options));
}
