import { join } from "node:path";
import type { Command } from "commander";
import { UserError } from "../../errors/user-error.ts";
import { planIam } from "../../plan/iam.ts";
import { renderIdentities } from "../iam/render.ts";
import { readOffsiteConfig, readSiteConfig } from "../rules/stack-file.ts";

const repositoryRoot = join(import.meta.dirname, "..", "..");
const stacks = ["offsite", "primary", "dr"] as const;
type Stack = (typeof stacks)[number];

interface IamOptions {
  readonly stack?: string;
  readonly dir: string;
  readonly json: boolean;
}

export function registerIam(program: Command): void {
  program
    .command("iam")
    .description("every identity that the stacks need or make, with the least rights each can work with")
    .option("--stack <name>", `one stack alone: ${stacks.join(", ")}`)
    .option("--dir <folder>", "where the stack files are, for example examples/aws-route53", repositoryRoot)
    .option("--json", "for programs", false)
    .action(async ({ stack, dir, json }: IamOptions) => {
      const wanted = stack === undefined ? stacks : [oneOf(stack)];
      const found = await Promise.all(
        wanted.map(async (name) => ({ stack: name, identities: planIam(await read(dir, name)) })),
      );
      process.stdout.write(json ? `${JSON.stringify(found, null, 2)}\n` : renderIdentities(found));
    });
}

function read(dir: string, stack: Stack) {
  const file = join(dir, `Pulumi.${stack}.yaml`);
  return stack === "offsite" ? readOffsiteConfig(file) : readSiteConfig(file, stack);
}

function oneOf(name: string): Stack {
  const found = stacks.find((stack) => stack === name);
  if (found !== undefined) return found;
  throw new UserError("ARGUMENT_INVALID", { what: "no such stack", got: name, allowed: stacks.join(", ") });
}
