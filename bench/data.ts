/**
 * How much of what makes a cluster of so many gigabytes (10^9 bytes). Half is
 * pgbench's tables, text that packs well; half is a table of random bytes. Both big
 * tables are in eight partitions.
 */
export interface DataPlan {
  readonly pgbenchScale: number;
  readonly noiseRows: number;
}

/** Of pgbench's tables and their keys, per unit of scale, as PostgreSQL 18 stores them. */
const bytesPerScale = 15_100_000;
/** Seven rows of a thousand random bytes fill a page; the key takes another 22 bytes a row. */
const bytesPerNoiseRow = 8192 / 7 + 22;

export function planData(gigabytes: number): DataPlan {
  const half = (gigabytes * 1e9) / 2;
  return {
    pgbenchScale: Math.max(1, Math.round(half / bytesPerScale)),
    noiseRows: Math.max(100, Math.round(half / bytesPerNoiseRow)),
  };
}

export const dataInWords =
  "half of the bytes are pgbench's tables (text, packs well), half a table of 1,000-byte values read from the server's /dev/urandom (does not pack), both in eight partitions; vacuumed and checkpointed before anything is measured";
