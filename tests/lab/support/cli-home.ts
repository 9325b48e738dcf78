import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { execa } from "execa";
import { installStandins } from "../../../lab/standins/install.ts";
import { tool } from "../../../lab/toolchain/index.ts";

/** The Pulumi CLI with a home, a folder of states and stand-ins of its own. */
export interface CliHome {
  /** A folder for a program and its state. */
  readonly root: string;
  readonly pulumiHome: string;
  /** What the program's shell has. */
  readonly environment: Record<string, string>;
  /** Names that the CLI and its plugins find at an address of ours, as by the machine's hosts file. */
  readonly hosts: Record<string, string>;
  run(folder: string, ...args: readonly string[]): Promise<string>;
  /** What a person sees of a command that must fail. */
  failure(folder: string, ...args: readonly string[]): Promise<string>;
  remove(): Promise<void>;
}

/** Of one command. An `up` that waits for a pod that never comes would wait for the stack's own budget, which is hours. */
const commandMs = 600_000;

export async function makeCliHome(): Promise<CliHome> {
  const pulumi = await tool("pulumi");
  const root = await mkdtemp(path.join(tmpdir(), "cloud-engine-"));
  const [binDir, pulumiHome, state] = ["bin", "home", "state"].map((name) => path.join(root, name)) as [
    string,
    string,
    string,
  ];
  for (const folder of [binDir, state]) await mkdir(folder);
  await installStandins({ binDir, pulumiHome, node: process.execPath });
  const environment = {
    ...cliEnvironment({ binDir, pulumiHome, state }),
    // The event log is one of the CLI's commands for debugging.
    PULUMI_DEBUG_COMMANDS: "true",
  };
  const hosts: Record<string, string> = {};
  const run = async (cwd: string, ...args: readonly string[]): Promise<string> => {
    const [program = "", ...rest] = [...(await underHosts(root, hosts)), pulumi.path, ...args];
    const { all } = await execa(program, [...rest, "--non-interactive"], {
      cwd,
      env: environment,
      extendEnv: false,
      all: true,
      timeout: commandMs,
    });
    return all;
  };
  return {
    root,
    pulumiHome,
    environment,
    hosts,
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
    remove: () => rm(root, { recursive: true, force: true }),
  };
}

/** A shell's, in which the CLI has these folders, a known passphrase and no way to fetch a plugin. */
export function cliEnvironment({
  binDir,
  pulumiHome,
  state,
}: Readonly<Record<"binDir" | "pulumiHome" | "state", string>>): Record<string, string> {
  return {
    ...(process.env as Record<string, string>),
    PATH: [binDir, path.dirname(process.execPath), process.env.PATH].join(":"),
    PULUMI_HOME: pulumiHome,
    PULUMI_BACKEND_URL: `file://${state}`,
    PULUMI_CONFIG_PASSPHRASE: "test",
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    HOLDFAST_NODE: process.execPath,
  };
}

/** In a mount namespace of the command's own, which ends with it: the machine's file stays as it is. */
async function underHosts(root: string, hosts: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const names = Object.entries(hosts);
  if (names.length === 0) return [];
  const file = path.join(root, "hosts");
  const lines = [["localhost", "127.0.0.1"], ...names].map(([name, address]) => `${address} ${name}\n`);
  await writeFile(file, lines.join(""));
  return ["unshare", "--mount", "sh", "-ec", 'mount --bind "$1" /etc/hosts\nshift\nexec "$@"', "sh", file];
}
