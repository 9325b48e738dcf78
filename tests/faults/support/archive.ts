import { mark, type Primary } from "./primary.ts";
import type { Repository } from "./repository.ts";
import { until } from "./until.ts";

/** Marks, closes the segment and waits until the offsite repository has it. Returns the segment's name. */
export async function archiveRoundTrip(
  primary: Primary,
  repository: Repository,
  what: string,
): Promise<string> {
  await mark(primary, what);
  const segment = await switchSegment(primary);
  await waitArchived(repository, segment);
  return segment;
}

/** The name of the segment that is now closed. */
export async function switchSegment(primary: Primary): Promise<string> {
  // A segment in which nothing has been written yet is not switched, and the one before is long archived.
  const answer = await primary.sql(
    "postgres",
    "select pg_logical_emit_message(true, 'holdfast', 'a segment to close')",
    "select pg_walfile_name(pg_switch_wal())",
  );
  return answer.trim().split("\n").at(-1) ?? "";
}

export async function waitArchived(repository: Repository, segment: string): Promise<void> {
  await until(`${segment} in the offsite repository`, "archived", async () => {
    const newest = (await repository.segments()).at(-1) ?? "none";
    return newest >= segment ? { done: undefined } : { notYet: `the newest there is ${newest}` };
  });
}

/** Segment names of 16 MiB count 00..FF in their last part. */
export function nextSegment(segment: string): string {
  const timeline = segment.slice(0, 8);
  const number = BigInt(`0x${segment.slice(8, 16)}`) * 256n + BigInt(`0x${segment.slice(16)}`) + 1n;
  const hex = (value: bigint): string => value.toString(16).toUpperCase().padStart(8, "0");
  return timeline + hex(number / 256n) + hex(number % 256n);
}

/** Names that are missing between the first and the last of one timeline. */
export function gapsIn(segments: readonly string[]): readonly string[] {
  const sorted = [...segments].sort();
  const missing: string[] = [];
  for (const [index, segment] of sorted.entries()) {
    const after = sorted[index + 1];
    if (after === undefined || after.slice(0, 8) !== segment.slice(0, 8)) continue;
    for (let next = nextSegment(segment); next < after && missing.length < 20; next = nextSegment(next))
      missing.push(next);
  }
  return missing;
}
