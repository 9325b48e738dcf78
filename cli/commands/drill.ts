import { basename, dirname, resolve } from "node:path";
import type { Command } from "commander";
import { UserError } from "../../errors/user-error.ts";
import { renderSummary } from "../../report/files.ts";
import { type DrillArguments, type DrillFlags, parseDrillFlags } from "../drill/arguments.ts";
import { findRun, isHere, judge, report } from "../drill/runs.ts";
import { readStackFacts, type StackFacts } from "../drill/stack-facts.ts";

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
    .option("--data <size>", 'least size of the seeded database, "8Gi" for example; 1.5 GB when left out')
    .option("--dry-run", "print the steps and how long each is expected to take; do nothing", false)
    .option("--run-id <id>", "name of the run and of its directory; the time when left out")
    .option("--json", "events as JSON lines, the verdict last", false)
    .option("--resume <run>", "go on with that run instead: holdfast resume")
    .option("--dir <folder>", "where the runs lie", "runs")
    .action(async (flags: DrillFlags & { readonly resume?: string }) => {
      if (flags.resume !== undefined) {
        const { resumeRun } = await import("../drill/resume.ts");
        const { dir: runs, resume: run, json } = flags;
        process.exitCode = await resumeRun({ repositoryRoot, runs, run, to: "finish", json });
        return;
      }
      const facts = await readStackFacts(repositoryRoot);
      const parsed = parseDrillFlags(flags, Date.now(), facts);
      if (flags.dryRun) return printDryRun(flags.dir, parsed, facts);
      // Loaded only now: the Automation API alone costs a second.
      const { runDrill } = await import("../drill/run.ts");
      process.exitCode = await runDrill({ repositoryRoot, runs: flags.dir, parsed, facts, json: flags.json });
    });

  for (const [name, to, words] of [
    ["resume", "finish", "go on with a run whose driver died, here or on another machine, to its verdict"],
    [
      "abort",
      "abort",
      "give up a run whose driver died: everything goes back to primary active, dr standing by",
    ],
  ] as const)
    program
      .command(name)
      .argument("<run>", "id of the run; out of the third place where it is not here")
      .description(words)
      .option("--json", "events as JSON lines, the verdict last", false)
      .option("--dir <folder>", "where the runs lie", "runs")
      .action(async (run: string, { dir, json }: { dir: string; json: boolean }) => {
        const { resumeRun } = await import("../drill/resume.ts");
        process.exitCode = await resumeRun({ repositoryRoot, runs: dir, run, to, json });
      });

  program
    .command("judge")
    .argument("<run>", "id or directory of a run")
    .description("judge a saved run again, from its directory alone; status 1 when it is not met")
    .option("--dir <folder>", "where the runs lie", "runs")
    .option("--json", "print the verdict as JSON", false)
    .option("--from <place>", "third-place: from the run's copy there, on any machine")
    .action(async (run: string, { dir, json, from }: SavedRunFlags & { json: boolean }) => {
      const { directory, copyProblems } = await locate(run, dir, from);
      const verdict = judge(directory, copyProblems);
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
    .option("--from <place>", "third-place: from the run's copy there, on any machine")
    .action(async (run: string, { dir, from }: SavedRunFlags) => {
      const { directory, copyProblems } = await locate(run, dir, from);
      report(directory, copyProblems);
      process.stdout.write(`${directory}/report.html\n`);
    });

  program
    .command("history")
    .description("every run with its verdict, RTO and RPO, oldest first, with a bar for each")
    .option("--dir <folder>", "where the runs lie", "runs")
    .option("--json", "print the list as JSON", false)
    .option("--from <place>", "third-place: every run whose verdict lies there, of any machine")
    .action(async ({ dir, json, from }: SavedRunFlags & { json: boolean }) => {
      const [{ judgedAgain, parseVerdicts, readVerdicts }, { pointOf }, { renderHistory }] =
        await Promise.all([
          import("../drill/runs.ts"),
          import("../../report/html/page.ts"),
          import("../../report/history.ts"),
        ]);
      const verdicts = isThirdPlace(from)
        ? parseVerdicts((await loadThirdPlace()).map(({ text }) => text))
        : judgedAgain(dir, readVerdicts(dir));
      const points = verdicts.map(pointOf);
      process.stdout.write(
        json ? `${JSON.stringify(points, null, 2)}\n` : renderHistory(points, process.stdout.columns),
      );
    });
}

interface SavedRunFlags {
  readonly dir: string;
  readonly from?: string;
}

function isThirdPlace(from: string | undefined): boolean {
  if (from === undefined || from === "third-place") return from !== undefined;
  throw new UserError("ARGUMENT_INVALID", { what: "no such place", got: from, allowed: "third-place" });
}

async function loadThirdPlace() {
  return (await import("../drill/third-place.ts")).verdictsInThirdPlace(repositoryRoot);
}

/**
 * A saved run: here, or out of the third place where it is not here or is asked for from there. What its copy says
 * against it counts; that it could not be compared is said and is no verdict.
 */
async function locate(
  run: string,
  runs: string,
  from: string | undefined,
): Promise<{ readonly directory: string; readonly copyProblems: readonly string[] }> {
  const { compareWithCopy, createRunStoreHere, fetchRun } = await import("../drill/third-place.ts");
  if (isThirdPlace(from) || !isHere(run, runs)) {
    const { store } = await createRunStoreHere(repositoryRoot);
    await fetchRun(store, run, runs);
  }
  const directory = findRun(run, runs);
  const compared = await compareWithCopy(repositoryRoot, basename(resolve(directory)), directory);
  if ("problems" in compared) return { directory, copyProblems: compared.problems };
  process.stderr.write(`not compared with its copy in the third place: ${compared.unknown}\n`);
  return { directory, copyProblems: [] };
}

async function printDryRun(runs: string, parsed: DrillArguments, facts: StackFacts): Promise<void> {
  const [{ renderDryRun }, { expectedFrom }, { journalOptions, stepsOfRun }, { earlierRuns }] =
    await Promise.all([
      import("../../drill/dry-run.ts"),
      import("../../drill/history.ts"),
      import("../drill/run-steps.ts"),
      import("../drill/runs.ts"),
    ]);
  const { scenario, run, seed } = parsed;
  const lines = renderDryRun(
    stepsOfRun(scenario, journalOptions(parsed, facts), facts.backupAge, () => []),
    expectedFrom(await earlierRuns(runs, scenario)),
  );
  process.stdout.write(`run ${run}: ${scenario}, seed ${seed}; nothing is done\n${lines.join("\n")}\n`);
}
