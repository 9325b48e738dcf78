import type { Site } from "../contract/stack.ts";
import type { FactValue } from "./facts.ts";
import { PortError } from "./ports/port-error.ts";
import type { Ports } from "./ports.ts";

export type Knocks = FactValue<"knocks">;

/** Once on every way into a site at once; a way that is dead takes its whole time-out to say so. */
export async function knockOnEveryWay(
  { kube, pg, clock }: Pick<Ports, "kube" | "pg" | "clock">,
  site: Site,
  signal: AbortSignal,
): Promise<Knocks> {
  const startedAtMs = clock.now();
  const [api, database, gateway] = await Promise.all([
    kube(site).reach(signal),
    pg.knock(site, "database", signal),
    pg.knock(site, "gateway", signal),
  ]);
  return {
    startedAtMs,
    endedAtMs: clock.now(),
    api: { open: api.reachable, detail: api.detail },
    database,
    gateway,
  };
}

/** Rounds begin so far apart, whether or not the one before has ended. */
const roundEveryMs = 500;

/** A round that ended longer ago says too little about now: no longer than one round takes. */
const freshMs = 2000;

/** Is it the last word on a site, or is another knock wanted? */
export const isFresh = (knocks: Knocks, nowMs: number): boolean => nowMs - knocks.endedAtMs <= freshMs;

/**
 * Knocks while something else is waited for: a dead site's time-outs then pass beside that wait and not after it.
 * `look` begins a round where one is due, and never waits; `newest` is the last begun of those that have ended, null
 * before one has. A round in which a call failed says nothing, and is left out.
 */
export function knockMeanwhile(ports: Pick<Ports, "kube" | "pg" | "clock">, site: Site, signal: AbortSignal) {
  const { clock } = ports;
  let begunAt = Number.NEGATIVE_INFINITY;
  let newest: Knocks | null = null;
  let failure: { readonly error: unknown } | null = null;
  return {
    look(): void {
      if (clock.monotonic() - begunAt < roundEveryMs) return;
      begunAt = clock.monotonic();
      knockOnEveryWay(ports, site, signal).then(
        (knocks) => {
          // One that a deadline cut short proves nothing: nobody was given the time to answer. And a dead round that
          // began before a site came back must not hide the open one that ended sooner.
          if (!signal.aborted && knocks.startedAtMs >= (newest?.startedAtMs ?? 0)) newest = knocks;
        },
        (error: unknown) => {
          if (!(signal.aborted || error instanceof PortError)) failure = { error };
        },
      );
    },
    newest(): Knocks | null {
      if (failure !== null) throw failure.error;
      return newest;
    },
  };
}
