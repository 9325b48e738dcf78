import { dirname, join } from "node:path";
import type { Command } from "commander";
import { budgetLines } from "../../plan/budget-table.ts";
import { samplesOf } from "../../plan/forecast.ts";
import { outOfReach, planRecoveryBudget } from "../../plan/recovery-budget.ts";
import { type BudgetFlags, parseBudgetFlags } from "../budget/arguments.ts";
import { readPastRuns } from "../budget/history.ts";
import { readSiteConfig } from "../rules/stack-file.ts";

const repositoryRoot = dirname(dirname(import.meta.dirname));

interface BudgetOptions extends BudgetFlags {
  readonly configFile?: string;
  readonly dir: string;
  readonly json: boolean;
  readonly strict: boolean;
}

/** `holdfast budget`: asks nobody and changes nothing. */
export function registerBudget(program: Command): void {
  program
    .command("budget")
    .description(
      "RTO and RPO by phase, for this size and for 2 and 10 times the data, from what runs measured",
    )
    .option("--stack <name>", "the site that takes over: primary or dr", "dr")
    .option("--config-file <file>", "another stack file than Pulumi.<stack>.yaml")
    .option("--size <size>", "of the database: 100Gi; that of the newest run, or the volume, when left out")
    .option("--size-bytes <n>", "the same in bytes")
    .option("--wal <size>", "since the newest backup: 8Gi; the most that the schedules allow when left out")
    .option("--strict", "status 1 when a target is out of reach", false)
    .option("--json", "print the budget as JSON", false)
    .option("--dir <folder>", "where the runs lie", "runs")
    .action(async (options: BudgetOptions) => {
      const { stack, asked } = parseBudgetFlags(options);
      const file = options.configFile ?? join(repositoryRoot, `Pulumi.${stack}.yaml`);
      const config = await readSiteConfig(file, stack);
      const budget = planRecoveryBudget(config, samplesOf(readPastRuns(options.dir)), asked);
      const problems = outOfReach(budget);
      process.stdout.write(
        options.json
          ? `${JSON.stringify({ stack, ...budget, outOfReach: problems }, null, 2)}\n`
          : `${budgetLines(budget).join("\n")}\n`,
      );
      process.exitCode = options.strict && problems.length > 0 ? 1 : 0;
    });
}
