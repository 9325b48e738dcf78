import type { LedgerEntry, Present } from "../../contract/ledger.ts";
import { type AckEntry, acksOf } from "./ledger.ts";

export interface LostCount {
  readonly acknowledged: number;
  readonly lost: number;
  readonly lostByWriter: Readonly<Record<string, number>>;
  readonly acknowledgedByWriter: Readonly<Record<string, number>>;
  /** Acknowledged, absent, and yet a row that was sent after that acknowledgement is present: no order of commits explains it. */
  readonly holes: readonly { readonly writer: string; readonly number: number }[];
  /** Present though the ledger knows of no attempt, above the first number this run sent. */
  readonly foreign: number;
  readonly lastPresentHeartbeatAtMs: number | null;
}

/**
 * Acknowledged minus present, for the epoch that was lost. Rows of which only the
 * sending is known (`unknown`) may be there or not: neither lost nor foreign. Where
 * the epoch goes on, only what was acknowledged until then counts.
 */
export function countLost(
  entries: readonly LedgerEntry[],
  present: readonly Present[],
  epoch: number,
  untilMs = Number.POSITIVE_INFINITY,
): LostCount {
  const acks = acksOf(entries, epoch).filter((ack) => ack.atMs <= untilMs);
  const isLost = lostAmong(present, epoch, untilMs);
  const absent = acks.filter((ack) => isLost(ack));
  const there = acks.filter((ack) => !isLost(ack));
  const newestSent = there.reduce((newest, ack) => Math.max(newest, ack.sentAtMs), Number.NEGATIVE_INFINITY);
  const heartbeats = there.filter((ack) => ack.writer === "heartbeat").map((ack) => ack.atMs);
  return {
    acknowledged: acks.length,
    lost: absent.length,
    lostByWriter: countByWriter(acks, absent),
    acknowledgedByWriter: countByWriter(acks, acks),
    holes: absent.filter((ack) => ack.atMs < newestSent).map(({ writer, number }) => ({ writer, number })),
    foreign: countForeign(entries, present, epoch),
    lastPresentHeartbeatAtMs: heartbeats.length === 0 ? null : heartbeats.reduce((a, b) => Math.max(a, b)),
  };
}

/** Whether an acknowledged row of the epoch, until then, is absent; one look-up an acknowledgement. */
export function lostAmong(
  present: readonly Present[],
  epoch: number,
  untilMs = Number.POSITIVE_INFINITY,
): (ack: AckEntry) => boolean {
  const isPresent = membership(present, epoch);
  return (ack) => ack.epoch === epoch && ack.atMs <= untilMs && !isPresent(ack.writer, ack.number);
}

/** Every writer that acknowledged anything has a number, zero included: a missing writer would look like nothing lost. */
function countByWriter(
  all: readonly AckEntry[],
  counted: readonly AckEntry[],
): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { writer } of all) counts[writer] = 0;
  for (const { writer } of counted) counts[writer] = (counts[writer] ?? 0) + 1;
  return counts;
}

function membership(present: readonly Present[], epoch: number): (writer: string, number: number) => boolean {
  const ranges = new Map<string, (readonly [number, number])[]>();
  for (const part of present) {
    if (part.epoch !== epoch) continue;
    ranges.set(part.writer, [...(ranges.get(part.writer) ?? []), ...part.ranges]);
  }
  for (const list of ranges.values()) list.sort((a, b) => a[0] - b[0]);
  return (writer, number) => {
    const list = ranges.get(writer) ?? [];
    let low = 0;
    let high = list.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const range = list[middle];
      if (range === undefined) return false;
      if (number < range[0]) high = middle - 1;
      else if (number > range[1]) low = middle + 1;
      else return true;
    }
    return false;
  };
}

function countForeign(entries: readonly LedgerEntry[], present: readonly Present[], epoch: number): number {
  let foreign = 0;
  for (const part of present) {
    if (part.epoch !== epoch) continue;
    const known = new Set<number>();
    for (const entry of entries)
      if (
        (entry.kind === "ack" || entry.kind === "unknown") &&
        entry.writer === part.writer &&
        entry.epoch === epoch
      )
        known.add(entry.number);
    // Earlier runs of the same epoch wrote the numbers below: their ledgers know them.
    const first = [...known].reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
    for (const [from, to] of part.ranges)
      for (let number = Math.max(from, first); number <= to; number += 1)
        if (!known.has(number)) foreign += 1;
  }
  return foreign;
}
