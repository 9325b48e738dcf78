import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { readSecretOf, readValueFile } from "./cli/secret-file.ts";
import type { ResolveSecret } from "./components/secrets.ts";
import { makeStack } from "./components/stack.ts";
import { type LoadedConfig, loadConfig, type SiteConfig, sectionsFromPulumi } from "./config/index.ts";
import { formatProblem } from "./config/problem.ts";
import { type StackContract, stackContractSchema } from "./contract/stack.ts";
import { UserError } from "./errors/user-error.ts";
import { budgetLines } from "./plan/budget-table.ts";
import { samplesOf } from "./plan/forecast.ts";
import { planOffsite, planSite } from "./plan/index.ts";
import { planRecoveryBudget } from "./plan/recovery-budget.ts";

/** A stack: config -> plan -> components -> the output `contract`. */
async function run(): Promise<pulumi.Output<StackContract>> {
  const loaded = load();
  for (const warning of loaded.warnings) await pulumi.log.warn(formatProblem(warning));
  const secrets: ResolveSecret = ({ secret }) => {
    const value = loaded.secrets[secret];
    if (value === undefined) throw new Error(`the plan names ${secret}, which the config has not resolved`);
    return pulumi.secret(value);
  };
  const made = await make(loaded, secrets);
  return pulumi.output(made).apply((contract) => stackContractSchema.parse(contract));
}

async function make({ config }: LoadedConfig, secrets: ResolveSecret): Promise<pulumi.Input<StackContract>> {
  if (config.kind === "offsite") return makeStack(planOffsite(config), secrets);
  if (pulumi.runtime.isDryRun()) await showBudget(config);
  return makeStack(planSite(config), secrets);
}

/**
 * A preview's own table, as messages: an output that follows the runs would be a change in every preview. That a
 * target is out of reach is said by the config's own check, here and in an `up`.
 */
async function showBudget(config: SiteConfig): Promise<void> {
  const { readPastRuns } = await import("./cli/budget/history.ts");
  const runs = samplesOf(readPastRuns(join(import.meta.dirname, "runs")));
  await pulumi.log.info(
    ["budget of a recovery here", ...budgetLines(planRecoveryBudget(config, runs))].join("\n"),
  );
}

/** What the user can mend is shown without a stack trace; anything else thrown is a bug. */
function load(): LoadedConfig {
  try {
    return loadConfig(sectionsFromPulumi(pulumi.runtime.allConfig()), {
      stack: pulumi.getStack(),
      readSecretFile: (path) => readSecretOf(process.env.HOLDFAST_SECRETS, path),
      usesLabPassphrase: usesLabPassphrase(),
    });
  } catch (error) {
    if (error instanceof UserError) throw new pulumi.RunError(error.message);
    throw error;
  }
}

function usesLabPassphrase(): boolean {
  const { PULUMI_CONFIG_PASSPHRASE: given, PULUMI_CONFIG_PASSPHRASE_FILE: file } = process.env;
  const used = given ?? (file === undefined ? undefined : readValueFile(file));
  return (
    used !== undefined &&
    used.trim() === readValueFile(join(import.meta.dirname, "lab", "passphrase"))?.trim()
  );
}

export const contract = await run();
