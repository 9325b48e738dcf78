import type { Site } from "../contract/stack.ts";
import type { PgPort } from "./ports/database.ts";
import type { Clock } from "./ports/host.ts";
import type { S3Port } from "./ports/objects.ts";

/**
 * How far another clock is from ours, in milliseconds, positive when it is ahead. Half the round trip is the best
 * guess of when the answer was made. HTTP dates have whole seconds, cut off: anything within that second is no skew.
 */
export async function skewOfStore(
  ports: { readonly s3: Pick<S3Port, "clock">; readonly clock: Pick<Clock, "now"> },
  signal: AbortSignal,
): Promise<number> {
  const { atMs, roundTripMs } = await ports.s3.clock(signal);
  const here = ports.clock.now() - roundTripMs / 2;
  if (here >= atMs && here < atMs + 1000) return 0;
  return here < atMs ? Math.round(atMs - here) : -Math.round(here - (atMs + 1000));
}

/** Null for a server whose answer holds no time. Its times are what a recovery target is compared with. */
export async function skewOfDatabase(
  ports: { readonly pg: Pick<PgPort, "query">; readonly clock: Pick<Clock, "now" | "monotonic"> },
  site: Site,
  signal: AbortSignal,
): Promise<number | null> {
  const began = ports.clock.monotonic();
  const rows = await ports.pg.query(
    site,
    "select (extract(epoch from clock_timestamp()) * 1000)::bigint::text as wall_clock",
    [],
    signal,
  );
  const there = Number(rows[0]?.wall_clock ?? Number.NaN);
  if (Number.isNaN(there)) return null;
  const roundTripMs = ports.clock.monotonic() - began;
  const skew = Math.round(there - (ports.clock.now() - roundTripMs / 2));
  // What the round trip alone could be is no skew.
  return Math.abs(skew) <= roundTripMs / 2 ? 0 : skew;
}
