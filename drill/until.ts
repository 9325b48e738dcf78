import type { Clock } from "./ports/host.ts";
import { PortError } from "./ports/port-error.ts";
import type { TimeoutName, Timeouts } from "./timeouts.ts";

export type Seen<T> =
  | { readonly done: true; readonly value: T }
  | { readonly done: false; readonly seen: string };

export const done = <T>(value: T): Seen<T> => ({ done: true, value });
export const notYet = (seen: string): { readonly done: false; readonly seen: string } => ({
  done: false,
  seen,
});

/** A named wait that ended without its condition; says what was last seen. */
export class WaitTimeout extends Error {
  readonly timeout: TimeoutName;
  readonly lastSeen: string;
  constructor(what: string, timeout: TimeoutName, limitMs: number, lastSeen: string) {
    super(`waited ${limitMs / 1000} s (timeout ${timeout}) for ${what}; last seen: ${lastSeen}`);
    this.name = "WaitTimeout";
    this.timeout = timeout;
    this.lastSeen = lastSeen;
  }
}

export interface Waiting {
  readonly clock: Clock;
  readonly timeouts: Timeouts;
  readonly signal: AbortSignal;
}

export interface UntilOptions {
  readonly timeout: TimeoutName;
  /** @default 500 */
  readonly everyMs?: number;
}

/**
 * Polls until `probe` says done. A lost connection counts as "not yet": while a
 * site comes up or goes down that is what one sees. Anything else thrown passes through.
 */
export async function until<T>(
  waiting: Waiting,
  what: string,
  probe: (signal: AbortSignal) => Promise<Seen<T>>,
  options: UntilOptions,
): Promise<T> {
  const { clock, timeouts, signal } = waiting;
  const limitMs = timeouts[options.timeout];
  const deadline = clock.monotonic() + limitMs;
  let lastSeen = "nothing yet";
  for (;;) {
    signal.throwIfAborted();
    try {
      const answer = await probe(signal);
      if (answer.done) return answer.value;
      lastSeen = answer.seen;
    } catch (error) {
      if (!(error instanceof PortError)) throw error;
      lastSeen = error.message;
    }
    if (clock.monotonic() >= deadline) throw new WaitTimeout(what, options.timeout, limitMs, lastSeen);
    await clock.sleep(options.everyMs ?? 500, signal);
  }
}
