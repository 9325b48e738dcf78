import { type StepOutcome, Stopped } from "./outcome.ts";
import type { Clock } from "./ports/host.ts";
import type { TimeoutName, Timeouts } from "./timeouts.ts";

export interface TimeLimit {
  readonly clock: Clock;
  readonly timeouts: Timeouts;
  readonly timeout: TimeoutName;
  /** Ends the work before its time. */
  readonly parent: AbortSignal;
}

const overtimeMs = 5_000;

/**
 * Work that is told to stop when its time is over. `outcomeOf` judges what ended it before the limit is taken away:
 * an abort that comes later did not end it.
 */
export async function withinLimit(
  { clock, timeouts, timeout, parent }: TimeLimit,
  work: (signal: AbortSignal) => Promise<void>,
  outcomeOf: (error: unknown, signal: AbortSignal) => StepOutcome,
): Promise<StepOutcome> {
  // A little more than the wait inside, which can say what it last saw; this limit is for what does not poll.
  const limitMs = timeouts[timeout] + overtimeMs;
  const expiry = new AbortController();
  const signal = AbortSignal.any([parent, expiry.signal]);
  const settled = new AbortController();
  const timer = clock
    .sleep(limitMs, settled.signal)
    .then(() => expiry.abort(new Stopped("timeout", `timeout ${timeout} of ${limitMs / 1000} s`)))
    .catch(ignoreAbort(settled.signal));
  try {
    await untilGivenUp(work(signal), { clock, graceMs: timeouts.rollback, signal, settled: settled.signal });
    return { kind: "passed", reason: null };
  } catch (error) {
    return outcomeOf(error, signal);
  } finally {
    settled.abort(new Stopped("sibling", "settled"));
    await timer;
  }
}

interface Grace {
  readonly clock: Clock;
  readonly graceMs: number;
  readonly signal: AbortSignal;
  readonly settled: AbortSignal;
}

/** A step told to stop has a while to end in order (an `up` cancels); then the run goes on without it. */
async function untilGivenUp(work: Promise<void>, { clock, graceMs, signal, settled }: Grace): Promise<void> {
  const givenUp = new Promise<never>((_, reject) => {
    const start = (): void => {
      clock
        .sleep(graceMs, settled)
        .then(() => reject(signal.reason))
        .catch(ignoreAbort(settled));
    };
    if (signal.aborted) start();
    else signal.addEventListener("abort", start, { once: true });
  });
  work.catch(() => undefined); // its error was already given out, or it came after the run had gone on
  await Promise.race([work, givenUp]);
}

function ignoreAbort(signal: AbortSignal): (error: unknown) => void {
  return (error) => {
    if (!signal.aborted) throw error;
  };
}
