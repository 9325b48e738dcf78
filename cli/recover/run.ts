import { hostname, userInfo } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline/promises";
import type { Site } from "../../contract/stack.ts";
import { createObservingPorts } from "../../drill/adapters/index.ts";
import { explainUnreachable } from "../../drill/adapters/unreachable.ts";
import { expectedFrom } from "../../drill/history.ts";
import { createLease } from "../../drill/lease.ts";
import { PortError } from "../../drill/ports/port-error.ts";
import { type RecoveryRequest, refusalOf, requestInWords } from "../../drill/recovery.ts";
import type { RunResult } from "../../drill/runner.ts";
import { recoverInPlace } from "../../drill/scenario/recover.ts";
import { runSession } from "../../drill/session.ts";
import { defaultTimeouts } from "../../drill/timeouts.ts";
import { UserError } from "../../errors/user-error.ts";
import { isAlive, startTimeHere } from "../drill/process.ts";
import { createReporter } from "../drill/reporter.ts";
import { hostOpening, leaseMs, listenForInterrupt } from "../drill/run.ts";
import { earlierRuns } from "../drill/runs.ts";
import type { StackFacts } from "../drill/stack-facts.ts";
import { createRunPorts, readLabPlaces } from "../drill-ports.ts";

const stuckMs = 20_000;

export interface RecoverInputs {
  readonly repositoryRoot: string;
  readonly runs: string;
  readonly run: string;
  readonly request: RecoveryRequest;
  /** Null: this epoch's own path, or the newest before it that holds a set. */
  readonly epoch: number | null;
  readonly yes: boolean;
  readonly json: boolean;
  readonly facts: StackFacts;
}

/** `holdfast recover` from its arguments to its exit status. */
export async function recover(inputs: RecoverInputs): Promise<number> {
  const interrupt = listenForInterrupt();
  try {
    const found = await look(inputs, interrupt.signal);
    await confirm(inputs, found);
    return await runRecovery(inputs, found, interrupt.signal);
  } catch (error) {
    if (!(error instanceof PortError)) throw error;
    throw explainUnreachable(error) ?? error;
  } finally {
    interrupt.close();
  }
}

interface Found {
  readonly site: Site;
  readonly epoch: number;
  readonly sourceEpoch: number | null;
  /** What could not be asked beforehand; the pod's own script asks again. */
  readonly unknown: string | null;
}

/** Who serves, and whether its repository can give what is asked for. Changes nothing. */
async function look({ repositoryRoot, request, epoch }: RecoverInputs, signal: AbortSignal): Promise<Found> {
  const ports = createObservingPorts(await readLabPlaces(repositoryRoot));
  const record = await ports.epoch.read(signal);
  if (record === null)
    throw new UserError("PREFLIGHT_REFUSED", {
      what: "no site was ever active: there is nothing to recover",
      hint: "deploy the active site first",
    });
  const site = record.holder;
  if (epoch !== null && epoch > record.epoch)
    throw new UserError("ARGUMENT_INVALID", {
      what: "there is no such epoch",
      got: String(epoch),
      allowed: `1 to ${record.epoch}`,
    });
  const from = { site, epoch: record.epoch };
  let source = epoch ?? record.epoch;
  try {
    const infoOf = (of: number) =>
      ports.repository.info({ repository: request.repository, epoch: of, via: site }, signal);
    let info = await infoOf(source);
    // A deleted path looks like one that was never served: only who asks for it as it was may be led past it.
    while (epoch === null && request.asOf === null && info.status.code === 1 && source > 1) {
      source -= 1;
      info = await infoOf(source);
    }
    // Info says what is there now, not what was.
    if (request.asOf === null) {
      const end = source === record.epoch ? null : await ports.repository.newestSegment(source, signal);
      const refusal = refusalOf(request, info, end, ports.clock.now());
      if (refusal !== null)
        throw new UserError("PREFLIGHT_REFUSED", {
          what: `cannot recover to ${requestInWords(request)}: ${refusal}`,
          hint: "choose another target; an older epoch's path is read with --epoch",
        });
    }
    return { ...from, sourceEpoch: source === record.epoch ? null : source, unknown: null };
  } catch (error) {
    if (!(error instanceof PortError)) throw error;
    signal.throwIfAborted();
    return { ...from, sourceEpoch: epoch, unknown: error.message };
  }
}

/** Which site, which role, from where to where: read by a person before anything is destroyed (GitLab, 2017). */
async function confirm({ request, yes, json }: RecoverInputs, found: Found): Promise<void> {
  const { site, epoch, sourceEpoch, unknown } = found;
  const write = (line: string): void => void (json ? process.stderr : process.stdout).write(`${line}\n`);
  write(`site ${site}, role active, epoch ${epoch}`);
  write(
    `goes back to ${requestInWords(request)}${sourceEpoch === null ? "" : `, out of epoch ${sourceEpoch}`}`,
  );
  write(
    `everything written at ${site} after that place is no longer in the database; it stays in epoch ${epoch}'s archive`,
  );
  if (unknown !== null) write(`the repository could not be asked beforehand: ${unknown}`);
  if (yes) return;
  if (!process.stdin.isTTY)
    throw new UserError("ARGUMENT_INVALID", {
      what: "a recovery in place wants to be confirmed",
      allowed: "--yes, or the site's name typed on a terminal",
      hint: "run it again with --yes when the lines above are what you want",
    });
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    const answer = await terminal.question(`type ${site} to go on: `);
    if (answer.trim() !== site)
      throw new UserError("ARGUMENT_INVALID", {
        what: "not confirmed, nothing was changed",
        got: answer,
        allowed: site,
      });
  } finally {
    terminal.close();
  }
}

async function runRecovery(inputs: RecoverInputs, found: Found, signal: AbortSignal): Promise<number> {
  const { repositoryRoot, runs, run, request, facts, json } = inputs;
  const operator = `${userInfo().username}@${hostname()}`;
  const ports = await createRunPorts({
    repositoryRoot,
    run,
    lease: ({ s3, clock, bucket }) =>
      createLease({
        s3,
        clock,
        bucket,
        run,
        operator,
        host: hostname(),
        // Nobody waits for a rehearsal to end when the data have to come back.
        purpose: "emergency",
        pid: process.pid,
        pidStartTime: startTimeHere(),
        isAlive,
        ...leaseMs,
      }),
  });
  const { site, epoch, sourceEpoch } = found;
  const directory = join(runs, run);
  const reporter = createReporter(process.stdout, json);
  try {
    const result = await runSession({
      directory,
      run: { id: run, operator, seed: 0 },
      scenario: recoverInPlace({ site, epoch, sourceEpoch, request, stuckMs }),
      ports,
      timeouts: defaultTimeouts,
      opening: {
        ...(await hostOpening(ports)),
        mode: "recovery",
        scenario: "recover",
        approvedBy: operator,
        configs: { ...facts.configs },
        options: { site, epoch, sourceEpoch, ...request },
        targets: facts.targets,
        budgets: [],
        simulated: [],
      },
      expected: expectedFrom(await earlierRuns(runs, "recover")),
      lease: leaseMs,
      onEvent: reporter.onEvent,
      signal,
      explain: explainUnreachable,
    });
    reporter.onEvent({ kind: "finished", lines: summary(result, found, directory) });
    return statusOf(result);
  } finally {
    reporter.close();
  }
}

function summary(result: RunResult, { site, epoch }: Found, directory: string): readonly string[] {
  const failed = result.steps.filter(({ outcome }) => ["failed", "timedOut"].includes(outcome.kind));
  return [
    result.status === "completed"
      ? `recovered: ${site} serves in epoch ${epoch + 1}`
      : `not recovered (${result.status}): ${failed.map(({ id, outcome }) => `${id}: ${outcome.reason}`).join("; ")}`,
    `what to do with the stack file: ${join(directory, "evidence", "next.txt")}`,
    `journal: ${join(directory, "journal.jsonl")}`,
  ].slice(0, result.status === "completed" ? 3 : undefined);
}

function statusOf({ status, refusal, bug }: RunResult): number {
  if (status === "interrupted") return 130;
  if (bug !== null) {
    process.stderr.write(`bug: ${bug instanceof Error ? (bug.stack ?? bug.message) : String(bug)}\n`);
    return 3;
  }
  if (refusal !== null) {
    process.stderr.write(`error ${refusal.code}: ${refusal.message}\n`);
    return 2;
  }
  return status === "completed" ? 0 : 1;
}
