import type { Archived } from "../../contract/archived.ts";
import type { LedgerEntry } from "../../contract/ledger.ts";
import { parseLsn, segmentBytes, segmentStart } from "../wal.ts";

export interface LagPoint {
  /** Before the loss: 0 or less. */
  readonly second: number;
  /** What a loss at that moment would have taken, had the archive been all that was left. */
  readonly behindSeconds: number;
}

const noSegment = "0".repeat(24);

/**
 * How far the third place's archive was behind what was acknowledged, each second up to the loss: that moment minus
 * the ledger's time of the newest heartbeat whose position was archived by then. Begins where the first heartbeat of
 * the ledger was archived: before that nobody knows. A segment that never came ends it: recovery
 * goes no further, unless a full backup begins behind it. The store's clock has whole seconds, so a point may be a second
 * too low.
 */
export function archiveLag(
  entries: readonly LedgerEntry[],
  archived: Archived | null,
  lossAtMs: number | null,
): readonly LagPoint[] {
  if (archived === null || lossAtMs === null) return [];
  const heartbeats = entries.flatMap((entry) =>
    entry.kind === "ack" && entry.writer === "heartbeat" && entry.epoch === archived.epoch
      ? [{ atMs: entry.atMs, position: parseLsn(entry.lsn) }]
      : [],
  );
  const stored = archived.segments
    .map(({ segment, storedAtMs }) => ({ storedAtMs, start: segmentStart(segment) }))
    .sort((a, b) => a.storedAtMs - b.storedAtMs);
  const there = new Set<bigint>();
  const first = heartbeats[0];
  if (first === undefined) return [];
  const points: LagPoint[] = [];
  let archivedTo = segmentStart(archived.segments[0]?.segment ?? noSegment);
  let [next, newest] = [0, -1];
  for (let second = Math.ceil((first.atMs - lossAtMs) / 1000); second <= 0; second += 1) {
    const atMs = lossAtMs + second * 1000;
    for (let one = stored[next]; one !== undefined && one.storedAtMs <= atMs; one = stored[next]) {
      there.add(one.start);
      next += 1;
    }
    // Several are sent at once: one that is there before its predecessor cannot be replayed yet.
    while (there.has(archivedTo)) archivedTo += segmentBytes;
    // In the ledger's order, which is the order of the commits. A segment may be stored before its rows are read here.
    for (
      let one = heartbeats[newest + 1];
      one !== undefined && one.atMs <= atMs && one.position <= archivedTo;
      one = heartbeats[newest + 1]
    )
      newest += 1;
    const safe = heartbeats[newest];
    if (safe !== undefined) points.push({ second, behindSeconds: (atMs - safe.atMs) / 1000 });
  }
  return points;
}
