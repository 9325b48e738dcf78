import { UserError } from "../errors/user-error.ts";
import { FindingError } from "./findings.ts";
import { StepFailed, type StepOutcome, Stopped, Suspended } from "./outcome.ts";
import { PortError } from "./ports/port-error.ts";
import type { Ports } from "./ports.ts";
import { type Past, stoppedWords } from "./resume/past.ts";
import {
  isGroup,
  type RunIdentity,
  type ScenarioItem,
  type Step,
  type StepContext,
  stepsOf,
} from "./step.ts";
import { stepContext } from "./step-context.ts";
import { withinLimit } from "./time-limit.ts";
import type { TimeoutName, Timeouts } from "./timeouts.ts";
import type { Trace } from "./trace.ts";
import { WaitTimeout } from "./until.ts";

export interface RunnerArgs {
  readonly scenario: readonly ScenarioItem[];
  readonly ports: Ports;
  readonly run: RunIdentity;
  readonly timeouts: Timeouts;
  readonly trace: Trace;
  /** Aborted with `Stopped` by an interrupt or a lost lease. */
  readonly signal: AbortSignal;
  /** A lost connection as something that the user can mend; null where it is none of theirs. */
  readonly explain?: (error: PortError) => UserError | null;
  /** What an earlier process did of this run; it goes on from there. */
  readonly past?: Past;
  /** At the end undo everything, so that what was there before the run is there again. @default only what must not outlive a run */
  readonly giveUp?: boolean;
}

export interface StepRecord {
  readonly id: string;
  readonly outcome: StepOutcome;
}

export interface RunResult {
  readonly status: "completed" | "failed" | "interrupted";
  readonly steps: readonly StepRecord[];
  readonly rollbacks: readonly { readonly step: string; readonly ok: boolean }[];
  /** Why the run stopped where it is, undid nothing and stays open; null where it came to an end. */
  readonly suspended: string | null;
  /** The first thing the user must change, if that is what ended the run. */
  readonly refusal: UserError | null;
  /** The first error nobody expected. */
  readonly bug: unknown;
}

/** Runs the scenario to its end, whatever happens on the way. Rejects only when the journal itself cannot be written. */
export async function runScenario(args: RunnerArgs): Promise<RunResult> {
  const runner = new Runner(args);
  await runner.forgetStale();
  for (const item of args.scenario) {
    if (runner.isSuspended()) break;
    if (isGroup(item)) await runner.together(item.together);
    else await runner.one(item);
  }
  if (!runner.isSuspended()) await runner.rollBack();
  return runner.result();
}

/** One run's bookkeeping: what started, what failed, and why. */
class Runner {
  private readonly args: RunnerArgs;
  private readonly records: StepRecord[] = [];
  private readonly started: Step[] = [];
  private readonly rollbacks: { step: string; ok: boolean }[] = [];
  private refusal: UserError | null = null;
  private bug: unknown = null;
  private interruptNoted = false;
  private suspended: string | null = null;
  /** Steps that are over since before this process. */
  private readonly over: Map<string, StepOutcome>;

  constructor(args: RunnerArgs) {
    this.args = args;
    this.over = new Map(args.past?.ended);
  }

  isSuspended(): boolean {
    return this.suspended !== null;
  }

  /** Steps right before the one where the run goes on are done again where time has made their proof worthless. */
  async forgetStale(): Promise<void> {
    if (this.args.past === undefined || this.args.signal.aborted || this.failed().length > 0) return;
    const steps = stepsOf(this.args.scenario);
    const next = steps.findIndex(({ id }) => !this.over.has(id));
    for (const step of steps.slice(0, Math.max(0, next)).reverse()) {
      if (this.over.get(step.id)?.kind === "skipped") continue;
      if (!((await step.stale?.(this.contextFor(step, this.args.signal))) ?? false)) return;
      this.over.delete(step.id);
    }
  }

  async one(step: Step): Promise<void> {
    await this.runStep(step, new AbortController());
  }

  async together(steps: readonly Step[]): Promise<void> {
    const group = new AbortController();
    await Promise.all(
      steps.map(async (step) => {
        const outcome = await this.runStep(step, group);
        if (this.isSuspended()) group.abort(new Stopped("sibling", this.suspended ?? ""));
        else if (outcome.kind === "failed" || outcome.kind === "timedOut")
          group.abort(
            new Stopped("sibling", `${step.id} ${outcome.kind === "failed" ? "failed" : "timed out"}`),
          );
      }),
    );
  }

  async rollBack(): Promise<void> {
    for (const step of this.owed()) {
      if (step.rollback === undefined && !this.comesBack(step)) continue;
      const timeout = this.comesBack(step) ? "abort" : "rollback";
      const outcome = await this.attempt(step, timeout, new AbortController().signal, async (context) => {
        if (this.comesBack(step)) await step.abort?.(context);
        await step.rollback?.(context);
      });
      const ok = outcome.kind === "passed";
      this.rollbacks.push({ step: step.id, ok });
      this.args.trace.rollback(step.id, ok, outcome.reason);
      if (!ok)
        this.args.trace.finding(step.id, {
          id: "ROLLBACK_FAILED",
          what: `${step.id}: ${outcome.reason ?? "no reason"}`,
        });
    }
  }

  private comesBack(step: Step): boolean {
    return this.args.giveUp === true && step.abort !== undefined;
  }

  /** Begun by this process or one before it and not undone yet; the last one first. */
  private owed(): readonly Step[] {
    const { past, scenario } = this.args;
    const begun = stepsOf(scenario).filter(
      (step) =>
        this.started.includes(step) || (past?.began.has(step.id) === true && !past.rolledBack.has(step.id)),
    );
    return past === undefined ? [...this.started].reverse() : begun.reverse();
  }

  result(): RunResult {
    const failed = this.failed().length > 0;
    return {
      status:
        this.interrupted() || this.isSuspended()
          ? "interrupted"
          : failed || this.args.signal.aborted
            ? "failed"
            : "completed",
      steps: this.records,
      rollbacks: this.rollbacks,
      suspended: this.suspended,
      refusal: this.refusal,
      bug: this.bug,
    };
  }

  private interrupted(): boolean {
    const { signal } = this.args;
    return signal.aborted && !(signal.reason instanceof Stopped && signal.reason.by === "lease");
  }

  private failed(): readonly string[] {
    const late = [...this.over].map(([id, outcome]) => ({ id, outcome }));
    return [...late, ...this.records]
      .filter(({ outcome }) => outcome.kind === "failed" || outcome.kind === "timedOut")
      .map(({ id }) => id);
  }

  private async runStep(step: Step, group: AbortController): Promise<StepOutcome> {
    const { trace, signal } = this.args;
    const startMs = trace.offsetMs();
    const before = this.over.get(step.id);
    if (before !== undefined) {
      this.records.push({ id: step.id, outcome: before });
      return before;
    }
    const reason = this.reasonToSkip(step);
    if (reason !== null) return this.end(step, { kind: "skipped", reason }, startMs);
    trace.stepStarted(step.id);
    await trace.copied(signal);
    // A collecting step still runs after an interrupt, so it must not inherit that signal.
    const parent = step.always ? group.signal : AbortSignal.any([signal, group.signal]);
    const outcome = await this.attempt(step, step.timeout, parent, (context) => this.perform(step, context));
    if (signal.aborted) this.noteInterrupt();
    return this.end(step, outcome, startMs);
  }

  private reasonToSkip(step: Step): string | null {
    if (step.always) return null;
    if (this.args.signal.aborted) {
      this.noteInterrupt();
      return `${stoppedWords}${reasonOf(this.args.signal)}`;
    }
    const failed = this.failed();
    return failed.length > 0 ? `${failed[0]} did not pass` : null;
  }

  /** What a step does, in order; throws for anything but success. A skip is thrown too: it ends the step the same way. */
  private async perform(step: Step, context: StepContext): Promise<void> {
    const applies = (await step.precondition?.(context)) ?? { applies: true };
    if (!applies.applies) throw new Skip(applies.reason);
    this.started.push(step);
    await step.run(context);
    context.signal.throwIfAborted();
    const proofs = await step.verify(context);
    const broken = proofs.filter((proof) => !proof.holds);
    if (broken.length > 0)
      throw new StepFailed(broken.map(({ what, detail }) => `${what}: ${detail}`).join("; "));
    if (proofs.length === 0) throw new StepFailed("nothing was proved");
    const names = this.args.trace.evidenceNames();
    const missing = step.evidence.filter((name) => !names.has(name));
    if (missing.length > 0) throw new StepFailed(`evidence missing: ${missing.join(", ")}`);
    for (const { what, detail } of proofs)
      context.progress("proved", detail === "" ? what : `${what}: ${detail}`);
  }

  private attempt(
    step: Step,
    timeout: TimeoutName,
    parent: AbortSignal,
    work: (context: StepContext) => Promise<void>,
  ): Promise<StepOutcome> {
    return withinLimit(
      { clock: this.args.ports.clock, timeouts: this.args.timeouts, timeout, parent },
      (signal) => work(this.contextFor(step, signal)),
      (error, signal) => this.outcomeOf(step, error, signal),
    );
  }

  private outcomeOf(step: Step, error: unknown, signal: AbortSignal): StepOutcome {
    const { trace } = this.args;
    if (error instanceof Skip) return { kind: "skipped", reason: error.message };
    if (error instanceof Suspended) {
      this.suspended ??= error.message;
      return { kind: "cancelled", reason: error.message };
    }
    if (signal.aborted && (error === signal.reason || isAbort(error))) {
      const reason = reasonOf(signal);
      if (signal.reason instanceof Stopped && signal.reason.by === "timeout") {
        trace.finding(step.id, { id: "WAITED_TOO_LONG", what: `${step.id}: ${reason}` });
        return { kind: "timedOut", reason };
      }
      return { kind: "cancelled", reason };
    }
    if (error instanceof WaitTimeout) {
      trace.finding(step.id, { id: "WAITED_TOO_LONG", what: `${step.id}: ${error.message}` });
      return { kind: "timedOut", reason: error.message };
    }
    if (error instanceof FindingError) {
      trace.finding(step.id, error.finding);
      return { kind: "failed", reason: `${error.finding.id}: ${error.message}` };
    }
    if (error instanceof UserError) {
      this.refusal ??= error;
      return { kind: "failed", reason: `${error.code}: ${error.details.what}` };
    }
    if (error instanceof PortError) this.refusal ??= this.args.explain?.(error) ?? null;
    const what = error instanceof Error ? error.message : String(error);
    if (!(error instanceof StepFailed || error instanceof PortError)) {
      this.bug ??= error;
      return { kind: "failed", reason: `unexpected: ${what}` };
    }
    trace.finding(step.id, { id: "STEP_FAILED", what: `${step.id}: ${what}` });
    return { kind: "failed", reason: what };
  }

  private end(step: Step, outcome: StepOutcome, startMs: number): StepOutcome {
    this.records.push({ id: step.id, outcome });
    this.args.trace.stepEnded(step.id, outcome, startMs, this.args.trace.offsetMs());
    return outcome;
  }

  private noteInterrupt(): void {
    if (this.interruptNoted) return;
    this.interruptNoted = true;
    this.args.trace.interrupted(reasonOf(this.args.signal));
  }

  private contextFor(step: Step, signal: AbortSignal): StepContext {
    return stepContext(this.args, {
      step: step.id,
      signal,
      failed: () => this.failed(),
      again: this.args.past?.began.has(step.id) ?? false,
    });
  }
}

/** Ends a step early without harm. */
class Skip extends Error {}

function isAbort(error: unknown): boolean {
  return (
    error instanceof Stopped ||
    (error instanceof Error && (error.name === "AbortError" || error.name === "TimeoutError"))
  );
}

function reasonOf(signal: AbortSignal): string {
  return signal.reason instanceof Error ? signal.reason.message : String(signal.reason);
}
