import type { JournalRecord } from "../contract/journal.ts";
import type { UserError } from "../errors/user-error.ts";
import type { OnEvent } from "./events.ts";
import { createJournal } from "./journal.ts";
import { keepLease } from "./lease-keeper.ts";
import { Stopped } from "./outcome.ts";
import type { LeasePort, PortError, Ports } from "./ports.ts";
import { createRunDirectory } from "./run-directory.ts";
import { type RunResult, runScenario } from "./runner.ts";
import { type RunIdentity, type ScenarioItem, stepsOf } from "./step.ts";
import type { Timeouts } from "./timeouts.ts";
import { createTrace } from "./trace.ts";

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
  const journal = createJournal(directory, ports.clock);
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
  const trace = createTrace({ directory, run: run.id, journal, onEvent });
  for (const { name, text } of args.before ?? []) trace.evidence("open", name, text);
  const lost = new AbortController();
  const kept = keptLease(args, lost);
  let status: RunResult["status"] = "failed";
  try {
    const result = await runScenario({
      scenario,
      ports: { ...ports, lease: kept.lease },
      run,
      timeouts: args.timeouts,
      trace,
      signal: AbortSignal.any([args.signal, lost.signal]),
      ...(args.explain === undefined ? {} : { explain: args.explain }),
    });
    status = result.status;
    return result;
  } finally {
    trace.close(status);
    await kept.end();
  }
}

/** The lease is renewed in the background from the moment it is taken until it is given back. */
function keptLease(
  args: SessionArgs,
  lost: AbortController,
): { readonly lease: LeasePort; readonly end: () => Promise<void> } {
  const { lease, clock } = args.ports;
  const stop = new AbortController();
  let keeper: Promise<void> | null = null;
  const end = async (): Promise<void> => {
    stop.abort(new Stopped("lease", "the run gives the lease back"));
    await keeper;
  };
  return {
    end,
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
