import { Stopped } from "./outcome.ts";
import type { Clock } from "./ports/host.ts";
import { PortError } from "./ports/port-error.ts";
import type { LeasePort } from "./ports/third-place.ts";

/**
 * Renews until `signal` ends. A lease that another run took over stops this run
 * at once; a third place that does not answer does so only when the lease has run
 * out, because nobody can take it before that.
 */
export async function keepLease(args: {
  readonly lease: LeasePort;
  readonly clock: Clock;
  readonly everyMs: number;
  readonly durationMs: number;
  readonly signal: AbortSignal;
  readonly onLost: (reason: Stopped) => void;
}): Promise<void> {
  const { lease, clock, signal } = args;
  let validUntil = clock.monotonic() + args.durationMs;
  while (!signal.aborted) {
    try {
      await clock.sleep(args.everyMs, signal);
      const { renewed } = await lease.renew(signal);
      if (!renewed) return args.onLost(new Stopped("lease", "another run took the lease"));
      validUntil = clock.monotonic() + args.durationMs;
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof PortError)) throw error;
      if (clock.monotonic() > validUntil)
        return args.onLost(new Stopped("lease", `the lease ran out: ${error.message}`));
    }
  }
}
