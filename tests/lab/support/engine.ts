import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { execa } from "execa";
import { installStandins } from "../../../lab/standins/install.ts";

const repository = path.resolve(import.meta.dirname, "../../..");

export interface EngineResult {
  readonly exitCode: number;
  /** Both streams, in order. */
  readonly all: string;
  /** Without what a provider says on standard error, which may come at any point of it. */
  readonly stdout: string;
}

/** A Pulumi project of a test's own, with a home, a state folder and plugins of its own. */
export interface Engine {
  readonly root: string;
  readonly project: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Runs the CLI; a failure is a result too. */
  run(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<EngineResult>;
  remove(): Promise<void>;
}

export interface EngineOptions {
  /** The Pulumi CLI (HOLDFAST_PULUMI). */
  readonly pulumi: string;
  readonly files: Readonly<Record<string, string>>;
  /** Provider plugins to take from the surroundings' PULUMI_HOME, as `kubernetes`. */
  readonly plugins?: readonly string[];
  /** Of the stacks' secrets. @default one of the test's own */
  readonly passphrase?: string;
}

/** The project's `holdfast` provider is the repository's, its packages too. */
export async function makeEngine({
  pulumi,
  files,
  plugins = [],
  passphrase = "a passphrase of the test",
}: EngineOptions): Promise<Engine> {
  const root = await mkdtemp(path.join(tmpdir(), "holdfast-engine-"));
  const [project, binDir, pulumiHome, state] = ["project", "bin", "home", "state"].map((name) =>
    path.join(root, name),
  ) as [string, string, string, string];
  for (const folder of [project, binDir, state]) await mkdir(folder);
  await installStandins({ binDir, pulumiHome, node: process.execPath });
  for (const plugin of plugins) await linkPlugin(pulumiHome, plugin);
  await symlink(path.join(repository, "node_modules"), path.join(project, "node_modules"));
  const dependencies = { "@pulumi/pulumi": "*" };
  const manifest = { name: "small", type: "module", main: "index.ts", dependencies };
  await writeFile(path.join(project, "package.json"), JSON.stringify(manifest));
  await writeFile(
    path.join(project, "Pulumi.yaml"),
    [
      "name: small",
      "runtime: {name: nodejs, options: {typescript: false}}",
      `plugins: {providers: [{name: holdfast, path: ${path.join(repository, "provider")}}]}`,
      "",
    ].join("\n"),
  );
  for (const [name, text] of Object.entries(files)) await writeFile(path.join(project, name), text);
  const environment = {
    ...(process.env as Record<string, string>),
    PATH: [binDir, path.dirname(process.execPath), process.env.PATH].join(":"),
    PULUMI_HOME: pulumiHome,
    PULUMI_BACKEND_URL: `file://${state}`,
    PULUMI_CONFIG_PASSPHRASE: passphrase,
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    // The event log is one of the CLI's commands for debugging.
    PULUMI_DEBUG_COMMANDS: "true",
    HOLDFAST_NODE: process.execPath,
  };
  // The passphrase above is the one that counts.
  Reflect.deleteProperty(environment, "PULUMI_CONFIG_PASSPHRASE_FILE");
  // These programs render to a folder or reach nothing; the lab's clusters are nobody's here.
  Reflect.deleteProperty(environment, "KUBECONFIG");
  return {
    root,
    project,
    environment,
    run: async (args, env = {}) => {
      const { exitCode, all, stdout } = await execa(pulumi, [...args, "--non-interactive"], {
        cwd: project,
        env: { ...environment, ...env },
        extendEnv: false,
        all: true,
        reject: false,
      });
      return { exitCode: exitCode ?? -1, all, stdout };
    },
    remove: () => rm(root, { recursive: true, force: true }),
  };
}

async function linkPlugin(pulumiHome: string, name: string): Promise<void> {
  const { version } = (
    await import(path.join(repository, "node_modules/@pulumi", name, "package.json"), {
      with: { type: "json" },
    })
  ).default as { readonly version: string };
  const folder = path.join("plugins", `resource-${name}-v${version.replace(/^v/u, "")}`);
  const program = `pulumi-resource-${name}`;
  // A link to the program: the engine takes no link to a folder for a plugin.
  await mkdir(path.join(pulumiHome, folder), { recursive: true });
  await symlink(
    path.join(process.env.PULUMI_HOME ?? "", folder, program),
    path.join(pulumiHome, folder, program),
  );
}
