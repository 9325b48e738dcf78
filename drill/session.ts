import type { JournalRecord } from "../contract/journal.ts";
import type { UserError } from "../errors/user-error.ts";
import type { OnEvent } from "./events.ts";
import { createJournal } from "./journal.ts";
import { keepLease } from "./lease-keeper.ts";
import { Stopped } from "./outcome.ts";
import type { PortError } from "./ports/port-error.ts";
import type { LeasePort } from "./ports/third-place.ts";
import type { Ports } from "./ports.ts";
import { createRunCopier, type RunCopier } from "./run-copy/copier.ts";
import type { RunStore } from "./run-copy/store.ts";
import { createRunDirectory } from "./run-directory.ts";
import { type RunnerArgs, type RunResult, runScenario } from "./runner.ts";
import { type RunIdentity, type ScenarioItem, stepsOf } from "./step.ts";
import type { Timeouts } from "./timeouts.ts";
import { createTrace, type Trace } from "./trace.ts";

type OpenRecord = Extract<JournalRecord, { kind: "open" }>;

export interface SessionArgs {
  readonly directory: string;
  readonly run: RunIdentity;
  readonly scenario: readonly ScenarioItem[];
  readonly ports: Ports;
  readonly timeouts: Timeouts;
  /** What the first journal entry says; run, seed, operator, anchor and steps are filled in here. */
  readonly opening: Omit<
    OpenRecord,
    "kind" | "schemaVersion" | "run" | "seed" | "operator" | "anchorMs" | "steps"
  >;
  /** How long each step took before, by id. */
  readonly expected: Readonly<Record<string, number>>;
  /** Evidence that is there before the first step: what was expected of the run. */
  readonly before?: readonly { readonly name: string; readonly text: string }[];
  readonly lease: { readonly durationMs: number; readonly everyMs: number };
  readonly onEvent: OnEvent;
  /** Aborted with `Stopped` when a person or the system interrupts. */
  readonly signal: AbortSignal;
  /** The records bucket of the third place, which the run is written through to; left out, there is no copy. */
  readonly store?: RunStore | null;
  /** A lost connection as something that the user can mend; null where it is none of theirs. */
  readonly explain?: (error: PortError) => UserError | null;
}

/**
 * One run from its empty directory to its closed journal. The journal exists before
 * anything is touched, and is closed whatever happens; the judge comes after.
 */
export async function runSession(args: SessionArgs): Promise<RunResult> {
  const { directory, run, scenario, ports, onEvent } = args;
  createRunDirectory(directory);
  const copier = copierOf(args);
  const journal = createJournal(directory, ports.clock, copier?.line);
  const steps = stepsOf(scenario).map(({ id, title, expectedMs }) => ({
    id,
    title,
    expectedMs: args.expected[id] ?? expectedMs,
  }));
  journal.append({
    kind: "open",
    schemaVersion: 1,
    run: run.id,
    seed: run.seed,
    operator: run.operator,
    anchorMs: ports.clock.now(),
    steps,
    ...args.opening,
  });
  onEvent({ kind: "run", run: run.id, scenario: args.opening.scenario, directory, steps });
  const trace = createTrace({ directory, run: run.id, journal, onEvent, copier });
  for (const { name, text } of args.before ?? []) trace.evidence("open", name, text);
  const kept = keepWhileHeld(args);
  return conduct({ ...args, trace, kept, copier });
}

export type ConductArgs = Omit<SessionArgs, "opening" | "expected" | "store" | "before"> &
  Pick<RunnerArgs, "trace" | "past" | "giveUp"> & {
    readonly kept: KeptLease;
    readonly copier: RunCopier | null;
  };

/** Runs what there is to run, ends the copy, and closes the journal, but for a run that stays open. */
export async function conduct(args: ConductArgs): Promise<RunResult> {
  const { trace, kept, copier, ports } = args;
  let status: RunResult["status"] = "failed";
  let suspended: string | null = null;
  try {
    const result = await runScenario({
      scenario: args.scenario,
      ports: { ...ports, lease: kept.lease },
      run: args.run,
      timeouts: args.timeouts,
      trace,
      signal: AbortSignal.any([args.signal, kept.lost]),
      ...(args.explain === undefined ? {} : { explain: args.explain }),
      ...(args.past === undefined ? {} : { past: args.past }),
      ...(args.giveUp === undefined ? {} : { giveUp: args.giveUp }),
    });
    ({ status, suspended } = result);
    return result;
  } finally {
    await kept.end();
    await endCopy(trace, copier);
    if (suspended === null) trace.close(status);
    else trace.suspended(suspended);
    // The last lines of all: what does not arrive now can be had here alone, and this process cannot say so any more.
    await copier?.settle(lastLinesMs, never.signal, true);
    copier?.close();
  }
}

async function endCopy(trace: Trace, copier: RunCopier | null): Promise<void> {
  if (copier === null || (await copier.settle(copyEndsMs, never.signal, true))) return;
  trace.finding("copy", { id: "RUN_COPY_INCOMPLETE", what: copier.problem() ?? "the copy was late" });
}

const copyEndsMs = 30_000;
const lastLinesMs = 10_000;
const never = new AbortController();

export function copierOf({
  store,
  ports,
  run,
}: Pick<SessionArgs, "store" | "ports" | "run">): RunCopier | null {
  return store == null ? null : createRunCopier({ store, clock: ports.clock, run: run.id });
}

export interface KeptLease {
  readonly lease: LeasePort;
  /** Aborted when another run has it. */
  readonly lost: AbortSignal;
  readonly end: () => Promise<void>;
}

/** The lease is renewed in the background from the moment it is taken until it is given back. */
export function keepWhileHeld(args: Pick<SessionArgs, "ports" | "lease">): KeptLease {
  const { lease, clock } = args.ports;
  const lost = new AbortController();
  const stop = new AbortController();
  let keeper: Promise<void> | null = null;
  const end = async (): Promise<void> => {
    stop.abort(new Stopped("lease", "the run gives the lease back"));
    await keeper;
  };
  return {
    end,
    lost: lost.signal,
    lease: {
      async acquire(signal) {
        const taken = await lease.acquire(signal);
        if (taken.acquired)
          keeper ??= keepLease({
            ...args.lease,
            lease,
            clock,
            signal: stop.signal,
            onLost: (why) => lost.abort(why),
          });
        return taken;
      },
      renew: (signal) => lease.renew(signal),
      async release(signal) {
        await end();
        await lease.release(signal);
      },
    },
  };
}
