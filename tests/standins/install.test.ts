// Where stand-ins are put, and when not; and what the language host reads from a package.
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { detectStandIns } from "../../lab/standins/detect.ts";
import { installStandins, type StandInTarget } from "../../lab/standins/install.ts";
import { readDependencies } from "../../lab/standins/language-nodejs/dependencies.ts";

let root: string;
let target: StandInTarget;
beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), "standins-"));
  target = {
    pulumiHome: path.join(root, "home"),
    binDir: path.join(root, "bin"),
    node: "/opt/it's here/node",
    searchPath: path.join(root, "path"),
    officialHome: path.join(root, "official"),
  };
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function program(...parts: readonly string[]): Promise<void> {
  const file = path.join(root, ...parts);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, "\x7fELF");
  await chmod(file, 0o755);
}

async function installed(): Promise<readonly string[]> {
  return (await installStandins(target)).map(({ name }) => name);
}

const providers = ["pulumi-resource-random", "pulumi-resource-aws", "pulumi-resource-cloudflare"];

test("every file of theirs says in its first line what it is", async () => {
  const folder = path.join(import.meta.dirname, "../../lab/standins");
  const files = (await readdir(folder, { recursive: true, withFileTypes: true })).filter(
    (entry) => entry.isFile() && !entry.name.endsWith(".json"),
  );
  expect(files.length).toBeGreaterThan(30);
  for (const { parentPath, name } of files) {
    const lines = (await readFile(path.join(parentPath, name), "utf8")).split("\n");
    const first = lines[0]?.startsWith("#!") ? lines[1] : lines[0];
    expect(`${name}: ${first}`).toMatch(/: (\/\/|#) .*stand-in/iu);
  }
});

test("all are installed on a machine that has none, marked, and with their Node", async () => {
  expect(await installed()).toEqual(["pulumi-language-nodejs", ...providers]);
  const host = await readFile(path.join(target.binDir, "pulumi-language-nodejs"), "utf8");
  expect(host.split("\n")[1]).toMatch(/^# Lab stand-in/u);
  expect(host).toContain(`HOLDFAST_NODE='/opt/it'\\''s here/node' exec`);
  await readFile(path.join(target.pulumiHome, "plugins/resource-random-v4.21.2/pulumi-resource-random"));
});

test("the official ones are left in place and used", async () => {
  await program("path", "pulumi-language-nodejs");
  for (const plugin of ["random-v4.21.2", "aws-v7.48.0", "cloudflare-v6.22.1"]) {
    await program("official", `plugins/resource-${plugin}/pulumi-resource-${plugin.replace(/-.*/u, "")}`);
  }
  expect(await installed()).toEqual([]);
});

test("the language host beside the official CLI counts", async () => {
  await program("official", "bin/pulumi-language-nodejs");
  expect(await installed()).toEqual(providers);
});

test("a stand-in of another lab on PATH does not pass for the official one", async () => {
  await installStandins({ ...target, binDir: path.join(root, "path"), searchPath: "" });
  expect(await installed()).toContain("pulumi-language-nodejs");
});

test("what is installed is detected, official programs are not", async () => {
  const where = { pulumiHome: target.pulumiHome, searchPath: `${path.join(root, "path")}:${target.binDir}` };
  expect(await detectStandIns(where)).toEqual([]);
  await installStandins(target);
  expect(await detectStandIns(where)).toEqual(["pulumi-language-nodejs", ...providers.toSorted()]);
  await program("path", "pulumi-language-nodejs");
  expect(await detectStandIns(where)).toEqual(providers.toSorted());
});

test("installing twice is the same as once", async () => {
  expect(await installed()).toEqual(await installed());
});

test("the plugins a program needs are those of its direct dependencies that are SDKs", async () => {
  const dependencies = await readDependencies(path.resolve(import.meta.dirname, "../.."));
  const plugins = dependencies.flatMap(({ plugin }) => (plugin === undefined ? [] : [plugin]));
  expect(plugins).toEqual([
    { name: "aws", version: "v7.48.0", server: "" },
    { name: "cloudflare", version: "v6.22.1", server: "" },
    { name: "kubernetes", version: "v4.25.0", server: "" },
    { name: "random", version: "v4.21.2", server: "" },
  ]);
});
