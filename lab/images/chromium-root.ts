import { chmod } from "node:fs/promises";
import { type Artefact, type ArtefactSpec, artefact, type CacheOptions } from "../cache/index.ts";
import { bootstrap, type Recipe, recipeInputs } from "./bootstrap.ts";
import { debianTurn } from "./debian-turn.ts";

/** The browser that tests look at reports with. The shell is the same engine without a window, and half the size. */
const recipe: Recipe = {
  suite: "trixie",
  hooks: "chromium",
  packages: ["chromium-headless-shell", "fontconfig", "fonts-dejavu-core"],
};

export const chromiumRootSpec: ArtefactSpec = {
  name: "chromium-root",
  title: "Chromium without a window (Debian 13)",
  inputs: [...recipeInputs(recipe), { label: "architecture", text: process.arch }],
  async build(out, note) {
    await bootstrap(recipe, out, note);
    await chmod(out, 0o755);
  },
};

/** `path` is an unpacked tree, read-only by agreement; tests start the browser out of it. */
export function chromiumRoot(options: CacheOptions = {}): Promise<Artefact> {
  return debianTurn(() => artefact(chromiumRootSpec, options));
}
