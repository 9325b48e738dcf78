import { join } from "node:path";
import type { Command } from "commander";
import { UserError } from "../../errors/user-error.ts";
import { bundlePlace, lastApplied, pulumi } from "../bundle/applied.ts";
import { makeBundle, megabytes } from "../bundle/make.ts";
import { backendOf } from "../bundle/manifest.ts";
import { createBundleStore } from "../bundle/store.ts";
import { verifyBundle } from "../bundle/verify.ts";
import { readSecretOf } from "../secret-file.ts";
import { type Needle, needleOf } from "../secrets/needles.ts";
import { readSecrets } from "../secrets/read-secrets.ts";

const repositoryRoot = join(import.meta.dirname, "..", "..");

interface BundleOptions {
  readonly stack: string;
  readonly commit?: string;
  readonly all: boolean;
  readonly verify: boolean;
}

/** `holdfast bundle`: what a promotion needs, in the third place, for the day without git, npm, registry or CI. */
export function registerBundle(program: Command): void {
  program
    .command("bundle")
    .description(
      "store program, packages, Pulumi, plugins, node and runbook in the third place, or read them back",
    )
    .option("--stack <name>", "the stack that will be promoted: primary or dr", "dr")
    .option("--commit <commit>", "of the program; the last one that was applied to the stack when left out")
    .option("--all", "store every part again, also those that are there", false)
    .option("--verify", "store nothing: read the newest bundle back and compare every sum", false)
    .action(bundle);
}

async function bundle({ stack, commit, all, verify }: BundleOptions): Promise<void> {
  if (stack !== "primary" && stack !== "dr")
    throw new UserError("ARGUMENT_INVALID", { what: "no such site", got: stack, allowed: "primary or dr" });
  if (verify && (all || commit !== undefined))
    throw new UserError("ARGUMENT_INVALID", {
      what: "--verify stores nothing",
      got: all ? "--all" : "--commit",
      allowed: "--verify with --stack alone",
    });
  if (commit !== undefined && !/^[0-9a-f]{40,64}$/.test(commit))
    throw new UserError("ARGUMENT_INVALID", {
      what: "a commit is named by its whole id",
      got: commit,
      allowed: "40 or 64 hexadecimal digits",
      hint: `git rev-parse ${commit}`,
    });
  const note = (line: string): void => void process.stderr.write(`${line}\n`);
  const { env } = process;
  const config = await pulumi(repositoryRoot, ["config", "--stack", stack, "--show-secrets", "--json"]);
  const store = createBundleStore(
    bundlePlace(config, stack, (path) => readSecretOf(env.HOLDFAST_SECRETS, path)),
  );
  try {
    if (verify) {
      const { manifest, manifestSha256 } = await verifyBundle(store, note);
      process.stdout.write(
        `${manifest.commit} of ${manifest.madeAt} reads back; manifest ${manifestSha256}\n`,
      );
      return;
    }
    const made = await makeBundle({
      repositoryRoot,
      commit: commit ?? (await appliedCommit(stack, note)),
      store,
      madeAt: new Date().toISOString(),
      backend: backendOf(env.PULUMI_BACKEND_URL),
      path: env.PATH ?? "",
      pulumiHome: env.PULUMI_HOME,
      node: process.execPath,
      secrets: secretsHere(env),
      all,
      note,
    });
    const { manifest, manifestSha256, changed, stored } = made;
    const bytes = stored.reduce((sum, { packedBytes }) => sum + packedBytes, 0);
    process.stdout.write(
      changed
        ? `bundle of ${manifest.commit}: ${stored.length} of ${manifest.parts.length} parts stored, ${megabytes(bytes)}; manifest ${manifestSha256}\n`
        : `bundle of ${manifest.commit} is there already, of ${manifest.madeAt}; manifest ${manifestSha256}\n`,
    );
  } finally {
    store.close();
  }
}

/** The key of the state's secrets, however it is given, and the values that stack files name by file. */
function secretsHere(env: NodeJS.ProcessEnv): readonly Needle[] {
  const {
    PULUMI_CONFIG_PASSPHRASE: passphrase,
    PULUMI_CONFIG_PASSPHRASE_FILE: file,
    HOLDFAST_SECRETS: folder,
  } = env;
  const paths = [file, folder].filter((path): path is string => path !== undefined && path !== "");
  const given = passphrase === undefined ? undefined : needleOf("PULUMI_CONFIG_PASSPHRASE", passphrase);
  return [
    ...(given === undefined ? [] : [given]),
    ...(paths.length === 0 ? [] : readSecrets(paths, []).needles),
  ];
}

async function appliedCommit(stack: string, note: (line: string) => void): Promise<string> {
  const history = await pulumi(repositoryRoot, [
    "stack",
    "history",
    "--stack",
    stack,
    "--json",
    "--page-size",
    "10",
  ]);
  const { commit, dirty } = lastApplied(history, stack);
  if (dirty)
    note(
      `warning: ${stack} was applied last from a changed checkout; the bundle has ${commit} without those changes`,
    );
  return commit;
}
