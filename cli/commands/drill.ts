import { dirname } from "node:path";
import type { Command } from "commander";
import { renderSummary } from "../../report/files.ts";
import { type DrillFlags, parseDrillFlags } from "../drill/arguments.ts";
import { findRun, judge, report } from "../drill/runs.ts";
import { readStackFacts } from "../drill/stack-facts.ts";

const repositoryRoot = dirname(dirname(import.meta.dirname));

/** `holdfast drill`, and the two that work on its saved runs: `holdfast report` and `holdfast judge`. */
export function registerDrill(program: Command): void {
  program
    .command("drill")
    .description("lose a site, recover on the other, measure; status 0 when the verdict is met")
    .option(
      "--scenario <name>",
      "site-loss, or rehearsal: in a stack of its own while primary serves",
      "site-loss",
    )
    .option("--seed <n>", "decides the moment of loss; a new one each time when left out")
    .option(
      "--phase <seconds>",
      "seconds after a WAL switch at which the site is lost, instead of the seed's",
    )
    .option("--plant <fault>", "damage something just before the loss: the verdict must turn red")
    .option("--hold <seconds>", "let the planted damage work so long before the loss", "0")
    .option(
      "--backup-age <duration>",
      "how old the newest backups may be, instead of what the schedules promise",
    )
    .option(
      "--floor <rounds>",
      "time bare commands so often after the recovery, 0 never; an earlier run's figures, or one round, when left out",
    )
    .option("--dry-run", "print the steps and how long each is expected to take; do nothing", false)
    .option("--run-id <id>", "name of the run and of its directory; the time when left out")
    .option("--json", "events as JSON lines, the verdict last", false)
    .option("--dir <folder>", "where the runs lie", "runs")
    .action(async (flags: DrillFlags) => {
      const facts = await readStackFacts(repositoryRoot);
      const parsed = parseDrillFlags(flags, Date.now(), facts.archiveTimeoutSeconds);
      if (flags.dryRun) return printDryRun(flags.dir, parsed);
      // Loaded only now: the Automation API alone costs a second.
      const { runDrill } = await import("../drill/run.ts");
      process.exitCode = await runDrill({ repositoryRoot, runs: flags.dir, parsed, facts, json: flags.json });
    });

  program
    .command("judge")
    .argument("<run>", "id or directory of a run")
    .description("judge a saved run again, from its directory alone; status 1 when it is not met")
    .option("--dir <folder>", "where the runs lie", "runs")
    .option("--json", "print the verdict as JSON", false)
    .action((run: string, { dir, json }: { dir: string; json: boolean }) => {
      const directory = findRun(run, dir);
      const verdict = judge(directory);
      const lines = json ? [JSON.stringify(verdict, null, 2)] : renderSummary(verdict, directory);
      process.stdout.write(`${lines.join("\n")}\n`);
      process.exitCode = verdict.judgement === "met" ? 0 : 1;
    });

  program
    .command("report")
    .argument("<run>", "id or directory of a run")
    .description(
      "draw a saved run's report again: report.html, report.md, gantt.svg, junit.xml, verdict.json",
    )
    .option("--dir <folder>", "where the runs lie", "runs")
    .action((run: string, { dir }: { dir: string }) => {
      const directory = findRun(run, dir);
      report(directory);
      process.stdout.write(`${directory}/report.html\n`);
    });

  program
    .command("history")
    .description("every run with its verdict, RTO and RPO, oldest first, with a bar for each")
    .option("--dir <folder>", "where the runs lie", "runs")
    .option("--json", "print the list as JSON", false)
    .action(async ({ dir, json }: { dir: string; json: boolean }) => {
      const [{ readVerdicts }, { pointOf }, { renderHistory }] = await Promise.all([
        import("../drill/runs.ts"),
        import("../../report/html/page.ts"),
        import("../../report/history.ts"),
      ]);
      const points = readVerdicts(dir).map(pointOf);
      process.stdout.write(json ? `${JSON.stringify(points, null, 2)}\n` : renderHistory(points));
    });
}

async function printDryRun(runs: string, parsed: ReturnType<typeof parseDrillFlags>): Promise<void> {
  const [{ renderDryRun }, { expectedFrom }, { labSiteLoss }, { scenarioOf }, { earlierRuns }] =
    await Promise.all([
      import("../../drill/dry-run.ts"),
      import("../../drill/history.ts"),
      import("../../drill/scenario/options.ts"),
      import("../../drill/scenario/index.ts"),
      import("../drill/runs.ts"),
    ]);
  const { phaseSeconds, plant, holdSeconds, scenario, run, seed } = parsed;
  const floor = { rounds: parsed.floorRounds ?? 1, earlier: [] };
  const lines = renderDryRun(
    scenarioOf(scenario)({ ...labSiteLoss, phaseSeconds, plant, holdSeconds, backupAge: null, floor }),
    expectedFrom(await earlierRuns(runs, scenario)),
  );
  process.stdout.write(`run ${run}: ${scenario}, seed ${seed}; nothing is done\n${lines.join("\n")}\n`);
}
