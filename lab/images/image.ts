import { readFile, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { execa } from "execa";
import {
  type Artefact,
  type ArtefactSpec,
  artefact,
  type CacheOptions,
  type Input,
  isBuilt,
} from "../cache/index.ts";
import { type BuildTool, tool, toolKey } from "../toolchain/index.ts";
import { bootstrap, recipeInputs } from "./bootstrap.ts";
import { debianTurn } from "./debian-turn.ts";
import { addNpmApplication, npmApplicationInputs } from "./npm-application.ts";
import { type ImageConfig, packImage } from "./oci.ts";
import { pauseRootfs } from "./pause.ts";
import { type DebianImage, type DebianImageName, debianImages, type ImageName, imageRef } from "./recipes.ts";
import { seaweedfsRootfs } from "./seaweedfs.ts";
import { siteRoot } from "./site-root.ts";

export interface ImageIdentity {
  readonly ref: string;
  /** Of the manifest: what `REF@DIGEST` names. */
  readonly digest: string;
}

const ARCHIVE = "image.tar";
const IDENTITY = "image.json";

const packing: readonly Input[] = [
  { file: join(import.meta.dirname, "oci.ts") },
  { label: "architecture", text: process.arch },
];

/** The OCI archive of one image, built or reused. */
export async function image(name: ImageName, options: CacheOptions = {}): Promise<Artefact> {
  const spec = await imageSpec(name, options);
  if (isDebian(name)) {
    // Before its turn: the other images do not wait for a compiler.
    if (!(await isBuilt(spec, options)))
      await Promise.all(programsOf(name).map((each) => tool(each, options)));
    return debianTurn(() => artefact(spec, options));
  }
  if (name === "seaweedfs" && !(await isBuilt(spec, options))) {
    // Before it begins, so that their time is reported as theirs.
    await Promise.all([tool("seaweedfs", options), siteRoot(options)]);
  }
  return artefact(spec, options);
}

export const archiveOf = (built: Artefact): string => join(built.path, ARCHIVE);

export async function identityOf(built: Artefact): Promise<ImageIdentity> {
  return JSON.parse(await readFile(join(built.path, IDENTITY), "utf8")) as ImageIdentity;
}

export async function imageSpec(name: ImageName, options: CacheOptions = {}): Promise<ArtefactSpec> {
  if (isDebian(name)) return debianSpec(name, options);
  return name === "pause" ? pauseSpec() : seaweedfsSpec(options);
}

const programsOf = (name: DebianImageName): readonly BuildTool[] => {
  const { programs }: DebianImage = debianImages[name];
  return programs ?? [];
};

async function debianSpec(name: DebianImageName, options: CacheOptions): Promise<ArtefactSpec> {
  const { recipe, config, application }: DebianImage = debianImages[name];
  const programs = programsOf(name);
  const keys = await Promise.all(programs.map((each) => toolKey(each, options)));
  return {
    name: `image-${name}`,
    title: `image ${name} (Debian ${recipe.suite})`,
    inputs: [
      ...packing,
      ...recipeInputs(recipe),
      { label: "config", text: JSON.stringify(config) },
      ...programs.map((each, index) => ({ label: each, text: keys[index] ?? "" })),
      ...(application === undefined
        ? []
        : [...npmApplicationInputs, { label: "npm", text: application.program }]),
    ],
    build: (out, note) =>
      pack(name, config, out, note, async (tar) => {
        await bootstrap(recipe, tar, note);
        for (const each of programs) await addProgram(tar, (await tool(each, options)).path);
        if (application !== undefined) await addNpmApplication(application, tar, note);
      }),
  };
}

async function addProgram(tar: string, program: string): Promise<void> {
  const name = basename(program);
  await execa("tar", [
    ...["--append", `--file=${tar}`, `--directory=${dirname(program)}`, "--owner=0", "--group=0"],
    ...[`--transform=s,^${name}$,./usr/local/bin/${name},`, name],
  ]);
}

function pauseSpec(): ArtefactSpec {
  return {
    name: "image-pause",
    title: "image pause",
    inputs: [
      ...packing,
      { tree: join(import.meta.dirname, "pause") },
      { file: join(import.meta.dirname, "pause.ts") },
    ],
    build: (out, note) =>
      pack("pause", { User: "65535:65535", Entrypoint: ["/pause"] }, out, note, pauseRootfs),
  };
}

async function seaweedfsSpec(options: CacheOptions): Promise<ArtefactSpec> {
  const config: ImageConfig = {
    User: "1000:1000",
    Entrypoint: ["/usr/bin/weed"],
    Env: ["PATH=/usr/bin", "HOME=/tmp"],
  };
  return {
    name: "image-seaweedfs",
    title: "image seaweedfs",
    inputs: [
      ...packing,
      { file: join(import.meta.dirname, "seaweedfs.ts") },
      { label: "weed", text: await toolKey("seaweedfs", options) },
    ],
    build: (out, note) => pack("seaweedfs", config, out, note, (tar) => seaweedfsRootfs(tar, options)),
  };
}

async function pack(
  name: ImageName,
  config: ImageConfig,
  out: string,
  note: (message: string) => void,
  rootfs: (tar: string) => Promise<void>,
): Promise<void> {
  const tar = join(out, "rootfs.tar");
  const work = join(out, "layout");
  await rootfs(tar);
  note("packing the layer");
  const ref = imageRef(name);
  const digest = await packImage(tar, ref, config, work, join(out, ARCHIVE));
  const identity: ImageIdentity = { ref, digest };
  await writeFile(join(out, IDENTITY), `${JSON.stringify(identity)}\n`);
  await rm(tar);
  await rm(work, { recursive: true });
}

function isDebian(name: ImageName): name is DebianImageName {
  return name in debianImages;
}
