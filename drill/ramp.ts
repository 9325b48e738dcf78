import type { LedgerEntry } from "../contract/ledger.ts";

/** Pure parts of a ramp: how its users fare, and how close answers by chance are to a share. */

export interface RampUsers {
  readonly users: number;
  readonly failed: number;
  /** The worse of all users and of those who were sent to the new address, where enough were. */
  readonly failedPercent: number;
}

/** Fewer at the new address say nothing by themselves. */
const enough = 3;

/**
 * Users since then. A small share's failures hide among the many who went where all is well, so the new
 * address is looked at by itself too.
 */
export function rampUsers(entries: readonly LedgerEntry[], sinceMs: number, address: string): RampUsers {
  const users = entries.flatMap((entry) =>
    entry.kind === "user" && entry.sentAtMs >= sinceMs ? [entry] : [],
  );
  const there = users.filter((user) => user.address === address);
  const percent = (of: typeof users): number =>
    of.length === 0 ? 0 : (of.filter(({ ok }) => !ok).length / of.length) * 100;
  return {
    users: users.length,
    failed: users.filter(({ ok }) => !ok).length,
    failedPercent: Math.max(percent(users), there.length < enough ? 0 : percent(there)),
  };
}

/** Three standard deviations of so many answers by chance, in percent; none where the share leaves no choice. */
export function shareTolerance(share: number, asks: number): number {
  const part = share / 100;
  return 300 * Math.sqrt((part * (1 - part)) / asks);
}
