import { mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import {
  type Artefact,
  type ArtefactSpec,
  artefact,
  artefactKey,
  type CacheOptions,
} from "../cache/index.ts";
import { runLogged } from "../cache/run.ts";
import { archiveOf, identityOf, image, imageSpec } from "./image.ts";
import { imageNames } from "./recipes.ts";
import { siteRoot, siteRootSpec } from "./site-root.ts";

const FOLDER = join(import.meta.dirname, "containerd-root");
const TABLE = "images.json";

/**
 * One containerd root with every image imported and unpacked, made once for both
 * sites: unpacking takes longer than everything else at a site's start.
 */
export async function containerdRoot(options: CacheOptions = {}): Promise<Artefact> {
  const spec = await containerdRootSpec(options);
  // Asked for first and together, so that they are reported by themselves and not inside this one's time.
  const [root, ...images] = await Promise.all([
    siteRoot(options),
    ...imageNames.map((name) => image(name, options)),
  ]);
  return artefact({ ...spec, build: (out, note) => importAll(root, images, out, note) }, options);
}

export async function containerdRootSpec(options: CacheOptions = {}): Promise<Omit<ArtefactSpec, "build">> {
  const specs = [siteRootSpec, ...(await Promise.all(imageNames.map((name) => imageSpec(name, options))))];
  const keys = await Promise.all(specs.map((spec) => artefactKey(spec, options)));
  return {
    name: "containerd-root",
    title: "containerd's root with every image unpacked",
    inputs: [
      { tree: FOLDER },
      ...specs.map((spec, index) => ({ label: spec.name, text: keys[index] ?? "" })),
    ],
  };
}

export const contentOf = (built: Artefact): string => join(built.path, "containerd");

async function importAll(
  root: Artefact,
  images: readonly Artefact[],
  out: string,
  note: (message: string) => void,
): Promise<void> {
  const scratch = join(dirname(out), "scratch");
  const target = join(out, "containerd");
  await mkdir(scratch);
  await mkdir(target, { mode: 0o711 });
  const identities = await Promise.all(images.map(identityOf));
  const archives = images.map((built, index) => `${identities[index]?.ref}=${archiveOf(built)}`);
  const namespaces = [
    "--mount",
    "--pid",
    "--net",
    "--fork",
    "--kill-child=SIGKILL",
    "--propagation",
    "private",
  ];
  const script = ["sh", join(FOLDER, "import.sh"), root.path, scratch, target, ...archives];
  note(`importing ${images.length} images`);
  await runLogged({ log: "containerd-root", command: "unshare", args: [...namespaces, ...script] });
  const table = Object.fromEntries(imageNames.map((name, index) => [name, identities[index]]));
  await writeFile(join(out, TABLE), `${JSON.stringify(table, null, 2)}\n`);
  await rm(scratch, { recursive: true });
}
