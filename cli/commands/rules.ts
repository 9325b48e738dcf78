import { writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Command } from "commander";
import { type Site, sites } from "../../contract/stack.ts";
import { UserError } from "../../errors/user-error.ts";
import { planAlerts } from "../../plan/alerts/index.ts";
import { planSite } from "../../plan/index.ts";
import { renderAlertTable, renderRules } from "../rules/render.ts";
import { readSiteConfig } from "../rules/stack-file.ts";

const repositoryRoot = dirname(dirname(import.meta.dirname));

interface RulesOptions {
  readonly stack: string;
  readonly configFile?: string;
  readonly output?: string;
  readonly table: boolean;
}

export function registerRules(program: Command): void {
  program
    .command("rules")
    .description("alert rules for Prometheus, with the thresholds of a site's stack file")
    .requiredOption("--stack <name>", `the site's stack: ${sites.join(" or ")}`)
    .option("--config-file <file>", "another stack file than Pulumi.<stack>.yaml")
    .option("--output <file>", "write there instead of standard output")
    .option("--table", "as a table for people, in Markdown", false)
    .action(async ({ stack, configFile, output, table }: RulesOptions) => {
      if (!isSite(stack)) {
        throw new UserError("ARGUMENT_INVALID", {
          what: "no such site",
          got: stack,
          allowed: sites.join(", "),
        });
      }
      const file = configFile ?? join(repositoryRoot, `Pulumi.${stack}.yaml`);
      const groups = planAlerts(planSite(await readSiteConfig(file, stack)));
      const text = table ? renderAlertTable(groups) : renderRules(groups, stack);
      if (output === undefined) process.stdout.write(text);
      else await writeFile(output, text);
    });
}

function isSite(name: string): name is Site {
  return (sites as readonly string[]).includes(name);
}
