import { dirname } from "node:path";
import type { Command } from "commander";
import { readStackFacts } from "../drill/stack-facts.ts";
import { parseTarget, recoverRunId, type TargetFlags } from "../recover/arguments.ts";
import { epochNumber } from "../recover/epoch-number.ts";
import { addTargetFlags } from "../recover/flags.ts";

const repositoryRoot = dirname(dirname(import.meta.dirname));

interface RecoverFlags extends TargetFlags {
  readonly epoch?: string;
  readonly yes: boolean;
  readonly runId?: string;
  readonly json: boolean;
  readonly dir: string;
}

/** `holdfast recover`: the living site back to a place in its own history (the DROP TABLE, the lost volume). */
export function registerRecover(program: Command): void {
  addTargetFlags(
    program
      .command("recover")
      .description("take the active site back to a time, LSN, name or set, in place and under a new epoch"),
  )
    .option("--yes", "without asking", false)
    .option("--run-id <id>", "name of the run and of its directory; the time when left out")
    .option("--json", "events as JSON lines", false)
    .option("--dir <folder>", "where the runs lie", "runs")
    .action(async (flags: RecoverFlags) => {
      const request = parseTarget(flags);
      const run = recoverRunId(flags.runId, Date.now());
      const epoch = epochNumber(flags.epoch);
      const facts = await readStackFacts(repositoryRoot);
      const { recover } = await import("../recover/run.ts");
      const { dir: runs, yes, json } = flags;
      process.exitCode = await recover({ repositoryRoot, runs, run, request, epoch, yes, json, facts });
    });
}
