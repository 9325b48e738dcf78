import { mkdir, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { motoRoot } from "../../../lab/images/moto-root.ts";
import { type Moto, startMoto } from "../../../lab/standins/moto.ts";
import { type CliHome, makeCliHome } from "./cli-home.ts";
import { repository } from "./holdfast.ts";
import { startNameServer, type TestNameServer } from "./name-server.ts";
import { makeUndo, type Undo } from "./undo.ts";

/** The CLI with stand-ins in a home of its own, a moto, a Cloudflare account and a name server. No Kubernetes. */
export interface CloudEngine extends CliHome, Clouds {
  stop(): Promise<void>;
}

/** AWS, Cloudflare and what answers for them. */
export interface Clouds {
  readonly moto: Moto;
  readonly names: TestNameServer;
}

export async function startCloudEngine(zone: string): Promise<CloudEngine> {
  const home = await makeCliHome();
  const undo = makeUndo();
  undo.add(home.remove);
  try {
    const clouds = await startClouds(zone, home, undo);
    return { ...home, ...clouds, stop: undo.run };
  } catch (error) {
    await undo.run();
    throw error;
  }
}

/** Starts them and tells the home's environment where they are. */
export async function startClouds(zone: string, { root, environment }: CliHome, undo: Undo): Promise<Clouds> {
  const moto = await startMoto((await motoRoot()).path);
  undo.add(moto.stop);
  const names = await startNameServer();
  undo.add(names.stop);
  Object.assign(environment, {
    // As a person would reach an emulator with the official plugin: nothing of it in the program.
    AWS_ENDPOINT_URL: moto.endpoint,
    AWS_ACCESS_KEY_ID: "lab",
    AWS_SECRET_ACCESS_KEY: "lab",
    HOLDFAST_CLOUDFLARE_STATE: path.join(root, "cloudflare.json"),
    HOLDFAST_MIRROR_POWERDNS: names.api,
    HOLDFAST_MIRROR_POWERDNS_KEY: names.keyFile,
    HOLDFAST_MIRROR_ZONE: `${zone} ns1.${zone}`,
  });
  return { moto, names };
}

/** A project with one program; its stack is `test`. */
export async function makeProject(engine: CloudEngine, name: string, program: string): Promise<string> {
  const folder = path.join(engine.root, name);
  await mkdir(folder);
  await symlink(path.join(repository, "node_modules"), path.join(folder, "node_modules"));
  const dependencies = { "@pulumi/pulumi": "*", "@pulumi/aws": "*", "@pulumi/cloudflare": "*" };
  await writeFile(
    path.join(folder, "package.json"),
    JSON.stringify({ name, type: "module", main: "index.ts", dependencies }),
  );
  await writeFile(
    path.join(folder, "Pulumi.yaml"),
    [
      `name: ${name}`,
      "runtime: {name: nodejs, options: {typescript: false}}",
      "config: {pulumi:disable-default-providers: {value: ['*']}}",
      "",
    ].join("\n"),
  );
  await writeFile(path.join(folder, "index.ts"), program);
  await engine.run(folder, "stack", "init", "test");
  return folder;
}
