import { hostname, userInfo } from "node:os";
import { join } from "node:path";
import type { JournalEntry } from "../../contract/journal.ts";
import { explainUnreachable } from "../../drill/adapters/unreachable.ts";
import { exitStatusOf } from "../../drill/exit-status.ts";
import { verifyJournal } from "../../drill/journal.ts";
import { createLease } from "../../drill/lease.ts";
import { PortError } from "../../drill/ports/port-error.ts";
import { type FormerRunner, notResumable, resumeSession } from "../../drill/resume/session.ts";
import { journalFile, readTextIfThere } from "../../drill/run-directory.ts";
import type { ScenarioItem } from "../../drill/step.ts";
import { defaultTimeouts } from "../../drill/timeouts.ts";
import { UserError } from "../../errors/user-error.ts";
import { createRunPorts } from "../drill-ports.ts";
import { createFloorPort } from "../floor/port.ts";
import { readFloors } from "./expected.ts";
import { endEngine, enginesOf, isAlive, startTimeHere } from "./process.ts";
import { createReporter } from "./reporter.ts";
import { leaseMs, listenForInterrupt, sayWhatEnded, summaryLines } from "./run.ts";
import { stepsOfRun } from "./run-steps.ts";
import { report } from "./runs.ts";
import { readStackFacts, type StackFacts } from "./stack-facts.ts";
import { createRunStoreHere, fetchRun } from "./third-place.ts";

/** An engine told to stop waits for what it has begun: a volume, a pod. */
const engineEndsMs = 60_000;

/**
 * `holdfast resume` and `holdfast abort` from a run's id to the exit status. Abort: 0 when everything is back as
 * it was, whatever the run had proved; its verdict is never met.
 */
export async function resumeRun(args: {
  readonly repositoryRoot: string;
  readonly runs: string;
  readonly run: string;
  readonly to: "finish" | "abort";
  readonly json: boolean;
}): Promise<number> {
  const { repositoryRoot, run, to, json } = args;
  const place = await createRunStoreHere(repositoryRoot);
  const { directory, copiedLines } = await fetchRunHere(args, place.store);
  const entries = verifyJournal(readTextIfThere(join(directory, journalFile)) ?? "").entries;
  const open = entries[0];
  if (open?.kind !== "open")
    throw new UserError("RUN_TAMPERED", {
      what: "the journal does not say how the run began",
      got: directory,
    });
  const facts = await readStackFacts(repositoryRoot);
  const operator = `${userInfo().username}@${hostname()}`;
  const runner = { host: hostname(), pid: process.pid, pidStartTime: startTimeHere() };
  const runPorts = await createRunPorts({
    repositoryRoot,
    run,
    rehearsal: open.scenario === "rehearsal",
    lease: ({ s3, clock, bucket }) => {
      const purpose = open.scenario === "rehearsal" ? "rehearsal" : "drill";
      return createLease({ s3, clock, bucket, run, operator, ...runner, purpose, isAlive, ...leaseMs });
    },
  });
  const ports = { ...runPorts, floor: createFloorPort({ repositoryRoot }) };
  const reporter = createReporter(process.stdout, json);
  const interrupt = listenForInterrupt();
  try {
    const result = await resumeSession({
      to,
      directory,
      run: { id: run, operator, seed: open.seed },
      scenario: stepsOf(open, facts, args.runs),
      ports,
      timeouts: defaultTimeouts,
      lease: leaseMs,
      onEvent: reporter.onEvent,
      signal: interrupt.signal,
      explain: explainUnreachable,
      store: place.store,
      runner,
      proveDead: (former) => proveDead(run, former),
      copiedLines,
    });
    const verdict = report(directory);
    if (result.suspended === null) await place.keepVerdict(verdict);
    reporter.onEvent({ kind: "finished", lines: summaryLines(verdict, directory, json) });
    sayWhatEnded(result, run);
    if (to === "finish") return exitStatusOf(result, verdict);
    return result.bug !== null ? 3 : result.rollbacks.every(({ ok }) => ok) ? 0 : 1;
  } catch (error) {
    if (!(error instanceof PortError)) throw error;
    throw explainUnreachable(error) ?? error;
  } finally {
    reporter.close();
    interrupt.close();
  }
}

/** From the directory here, completed from its copy; from the directory alone where the third place has none, or does not answer. */
async function fetchRunHere(
  { run, runs }: { readonly run: string; readonly runs: string },
  store: Parameters<typeof fetchRun>[0],
): Promise<Awaited<ReturnType<typeof fetchRun>>> {
  try {
    return await fetchRun(store, run, runs);
  } catch (error) {
    const directory = join(runs, run);
    if (!(error instanceof PortError) || readTextIfThere(join(directory, journalFile)) === null) throw error;
    process.stderr.write(`warning: the run's copy could not be read: ${error.message}\n`);
    return { directory, copiedLines: 0 };
  }
}

/** The steps as the run was begun with, by what its journal says. */
function stepsOf(
  { scenario, options }: Extract<JournalEntry, { kind: "open" }>,
  facts: StackFacts,
  runs: string,
): readonly ScenarioItem[] {
  if (scenario === "site-loss" || scenario === "rehearsal")
    return stepsOfRun(scenario, options, facts.backupAge, () => readFloors(runs));
  throw notResumable(
    `a run of ${scenario} cannot be resumed or given up by its id`,
    "start it again: its steps look first at what is there",
  );
}

/**
 * On this host by the process itself, and what it left running is ended. From another host a driver that wrote
 * lately may live: its lease, once taken, is asked for that; before there was a lease only its silence tells.
 */
async function proveDead(run: string, former: FormerRunner): Promise<string> {
  if (former.host !== hostname()) {
    const silentMs = Date.now() - former.lastWroteAtMs;
    if (silentMs > leaseMs.durationMs)
      return `process ${former.pid} of ${former.host} has written nothing for ${Math.round(silentMs / 1000)} s`;
    throw new UserError("LEASE_HELD", {
      what: `the run's driver on ${former.host} wrote ${Math.round(silentMs / 1000)} s ago`,
      got: `process ${former.pid} on ${former.host}`,
      allowed: `silence of ${leaseMs.durationMs / 1000} s and a lease that has run out`,
      hint: "wait, and run it again",
    });
  }
  if (isAlive(former.pid, former.pidStartTime))
    throw new UserError("LEASE_HELD", {
      what: "the run's driver lives",
      got: `process ${former.pid} on this host`,
      allowed: "a run whose driver is dead",
      hint: `end it first, in order: kill -INT ${former.pid}`,
    });
  const left = enginesOf(run);
  for (const engine of left) await endEngine(engine, engineEndsMs);
  const ended = left.map(({ pid, what }) => `, its engine ${pid} (${what}) was ended`).join("");
  return `process ${former.pid} is gone${ended}`;
}
