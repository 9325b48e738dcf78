import { hostname, userInfo } from "node:os";
import { join } from "node:path";
import type { Verdict } from "../../contract/verdict.ts";
import { explainUnreachable } from "../../drill/adapters/unreachable.ts";
import { exitStatusOf } from "../../drill/exit-status.ts";
import { expectedFrom } from "../../drill/history.ts";
import { createLease } from "../../drill/lease.ts";
import { Stopped } from "../../drill/outcome.ts";
import type { Ports } from "../../drill/ports.ts";
import type { RunResult } from "../../drill/runner.ts";
import { runSession } from "../../drill/session.ts";
import { defaultTimeouts } from "../../drill/timeouts.ts";
import { renderSummary } from "../../report/files.ts";
import { withAge } from "../backup-age.ts";
import { createRunPorts } from "../drill-ports.ts";
import { createFloorPort } from "../floor/port.ts";
import type { DrillArguments } from "./arguments.ts";
import { forecastText, readFloors } from "./expected.ts";
import { isAlive, startTimeHere } from "./process.ts";
import { createReporter } from "./reporter.ts";
import { journalOptions, stepsOfRun } from "./run-steps.ts";
import { earlierRuns, report } from "./runs.ts";
import type { StackFacts } from "./stack-facts.ts";
import { createRunStoreHere } from "./third-place.ts";

export const leaseMs = { durationMs: 60_000, everyMs: 20_000, graceMs: 60_000 };

/** Limits of the lab, beside the product's targets: an order of magnitude below them, so that a slow drift shows. */
const labBudgets = [
  { id: "rto", limit: 120, unit: "s" },
  { id: "rpo", limit: 65, unit: "s" },
  { id: "objectRpo", limit: 30, unit: "s" },
];

const simulated = [
  "both sites and the third place share one machine, its kernel and its clock",
  "the network between them has no distance: no delay, no loss, no bandwidth limit",
];
const simulatedLoss = "the loss is a SIGKILL to all of a site's processes at once, its disk is discarded";
const simulatedRehearsal =
  "the loss is a moment: nothing is taken away, and what primary archives after it is left out";

/** One drill from its arguments to its exit status. */
export async function runDrill(args: {
  readonly repositoryRoot: string;
  readonly runs: string;
  readonly parsed: DrillArguments;
  readonly facts: StackFacts;
  readonly json: boolean;
}): Promise<number> {
  const { repositoryRoot, runs, parsed, facts } = args;
  const directory = join(runs, parsed.run);
  const operator = `${userInfo().username}@${hostname()}`;
  const runPorts = await createRunPorts({
    repositoryRoot,
    run: parsed.run,
    rehearsal: parsed.scenario === "rehearsal",
    lease: ({ s3, clock, bucket }) =>
      createLease({
        s3,
        clock,
        bucket,
        run: parsed.run,
        operator,
        host: hostname(),
        pid: process.pid,
        purpose: parsed.scenario === "rehearsal" ? "rehearsal" : "drill",
        pidStartTime: startTimeHere(),
        isAlive,
        ...leaseMs,
      }),
  });
  const ports = { ...runPorts, floor: createFloorPort({ repositoryRoot }) };
  const store = await createRunStoreHere(repositoryRoot);
  const { scenario, seed } = parsed;
  const backupAge = withAge(facts.backupAge, parsed.backupAgeSeconds);
  const options = journalOptions(parsed, { ...facts, backupAge });
  const reporter = createReporter(process.stdout, args.json);
  const interrupt = listenForInterrupt();
  try {
    const result = await runSession({
      directory,
      run: { id: parsed.run, operator, seed },
      scenario: stepsOfRun(scenario, options, backupAge, () => readFloors(runs)),
      ports,
      timeouts: defaultTimeouts,
      opening: {
        ...(await hostOpening(ports)),
        mode: "drill",
        scenario,
        approvedBy: null,
        configs: { ...facts.configs },
        options,
        targets: facts.targets,
        budgets: labBudgets,
        simulated: [...simulated, scenario === "rehearsal" ? simulatedRehearsal : simulatedLoss],
      },
      expected: expectedFrom(await earlierRuns(runs, scenario)),
      before: [
        {
          name: "forecast.json",
          text: await forecastText({ repositoryRoot, runs, scenario, dataBytes: parsed.dataBytes }),
        },
      ],
      lease: leaseMs,
      onEvent: reporter.onEvent,
      signal: interrupt.signal,
      explain: explainUnreachable,
      store: store.store,
    });
    const verdict = report(directory);
    if (result.suspended === null) await store.keepVerdict(verdict);
    reporter.onEvent({ kind: "finished", lines: summaryLines(verdict, directory, args.json) });
    sayWhatEnded(result, parsed.run);
    return exitStatusOf(result, verdict);
  } finally {
    reporter.close();
    interrupt.close();
  }
}

/** On standard error, beside the report: a bug, what the user must mend, or that the run waits to be resumed. */
export function sayWhatEnded({ bug, refusal, suspended }: RunResult, run: string): void {
  if (bug !== null)
    process.stderr.write(`bug: ${bug instanceof Error ? (bug.stack ?? bug.message) : String(bug)}\n`);
  if (refusal !== null) process.stderr.write(`error ${refusal.code}: ${refusal.message}\n`);
  if (suspended !== null)
    process.stderr.write(
      `the run stays open: ${suspended}\nhint: holdfast resume ${run} goes on with it, holdfast abort ${run} gives it up\n`,
    );
}

export function summaryLines(verdict: Verdict, directory: string, json: boolean): readonly string[] {
  return json ? [JSON.stringify(verdict)] : renderSummary(verdict, directory);
}

export async function hostOpening(ports: Ports) {
  const [host, versions, standIns, git] = await Promise.all([
    ports.host.facts(),
    ports.host.versions(),
    ports.host.standIns(),
    ports.host.gitCommit(),
  ]);
  // The process too: who resumes a run proves first that this one is gone.
  const runner = { pid: process.pid, pidStartTime: startTimeHere() };
  return { host: { ...host, ...runner }, versions: { ...versions }, standIns: [...standIns], git };
}

/** The first signal ends the run in order; a second one ends the process. */
export function listenForInterrupt(): { readonly signal: AbortSignal; readonly close: () => void } {
  const controller = new AbortController();
  const onSignal = (name: NodeJS.Signals): void => {
    if (controller.signal.aborted) process.exit(130);
    controller.abort(new Stopped("signal", `interrupted by ${name}`));
  };
  process.on("SIGINT", onSignal).on("SIGTERM", onSignal);
  return {
    signal: controller.signal,
    close: () => void process.removeListener("SIGINT", onSignal).removeListener("SIGTERM", onSignal),
  };
}
