import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { execa } from "execa";
import { motoRoot } from "../../../lab/images/moto-root.ts";
import { installStandins } from "../../../lab/standins/install.ts";
import { type Moto, startMoto } from "../../../lab/standins/moto.ts";
import { tool } from "../../../lab/toolchain/index.ts";
import { repository } from "./holdfast.ts";
import { startNameServer, type TestNameServer } from "./name-server.ts";

/** The CLI with stand-ins in a home of its own, a moto, a Cloudflare account and a name server. No Kubernetes. */
export interface CloudEngine {
  readonly moto: Moto;
  readonly names: TestNameServer;
  /** A folder for a program and its state. */
  readonly root: string;
  /** What the program's shell has. */
  readonly environment: Record<string, string>;
  run(folder: string, ...args: readonly string[]): Promise<string>;
  /** What a person sees of a command that must fail. */
  failure(folder: string, ...args: readonly string[]): Promise<string>;
  stop(): Promise<void>;
}

export async function startCloudEngine(zone: string): Promise<CloudEngine> {
  const [pulumi, moto, names] = await Promise.all([
    tool("pulumi"),
    motoRoot().then(({ path: root }) => startMoto(root)),
    startNameServer(),
  ]);
  const root = await mkdtemp(path.join(tmpdir(), "cloud-engine-"));
  const [binDir, pulumiHome, state] = ["bin", "home", "state"].map((name) => path.join(root, name)) as [
    string,
    string,
    string,
  ];
  for (const folder of [binDir, state]) await mkdir(folder);
  await installStandins({ binDir, pulumiHome, node: process.execPath });
  const environment: Record<string, string> = {
    ...(process.env as Record<string, string>),
    PATH: [binDir, path.dirname(process.execPath), process.env.PATH].join(":"),
    PULUMI_HOME: pulumiHome,
    PULUMI_BACKEND_URL: `file://${state}`,
    PULUMI_CONFIG_PASSPHRASE: "test",
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    HOLDFAST_NODE: process.execPath,
    // As a person would reach an emulator with the official plugin: nothing of it in the program.
    AWS_ENDPOINT_URL: moto.endpoint,
    AWS_ACCESS_KEY_ID: "lab",
    AWS_SECRET_ACCESS_KEY: "lab",
    HOLDFAST_CLOUDFLARE_STATE: path.join(root, "cloudflare.json"),
    HOLDFAST_MIRROR_POWERDNS: names.api,
    HOLDFAST_MIRROR_POWERDNS_KEY: names.keyFile,
    HOLDFAST_MIRROR_ZONE: `${zone} ns1.${zone}`,
  };
  const run = async (cwd: string, ...args: readonly string[]): Promise<string> => {
    const { all } = await execa(pulumi.path, [...args, "--non-interactive"], {
      cwd,
      env: environment,
      extendEnv: false,
      all: true,
    });
    return all;
  };
  return {
    moto,
    names,
    root,
    environment,
    run,
    failure: (cwd, ...args) =>
      run(cwd, ...args).then(
        (all) => {
          throw new Error(`pulumi ${args.join(" ")} succeeded: ${all}`);
        },
        (error: { readonly all?: string }) => {
          if (error.all === undefined) throw error;
          return error.all;
        },
      ),
    async stop() {
      await Promise.all([moto.stop(), names.stop()]);
      await rm(root, { recursive: true, force: true });
    },
  };
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
