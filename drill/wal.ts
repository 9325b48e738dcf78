/** Arithmetic of WAL positions and segment names, for segments of 16 MB. */

export const segmentBytes = 16n * 1024n * 1024n;
const segmentsPerLog = 0x1_0000_0000n / segmentBytes;
const segmentName = /^([0-9A-F]{8})([0-9A-F]{8})([0-9A-F]{8})$/;

export interface Segment {
  readonly name: string;
  readonly timeline: number;
  /** Position in the stream of segments, the same on every timeline. */
  readonly number: bigint;
}

export function parseLsn(lsn: string): bigint {
  const match = /^([0-9A-Fa-f]{1,8})\/([0-9A-Fa-f]{1,8})$/.exec(lsn);
  if (match === null) throw new Error(`not a WAL position: ${lsn}`);
  return (BigInt(`0x${match[1]}`) << 32n) + BigInt(`0x${match[2]}`);
}

export function parseSegment(name: string): Segment | null {
  const match = segmentName.exec(name);
  if (match === null) return null;
  const [, timeline, log, part] = match;
  return {
    name,
    timeline: Number.parseInt(timeline ?? "", 16),
    number: BigInt(`0x${log}`) * segmentsPerLog + BigInt(`0x${part}`),
  };
}

/** Where the segment begins. */
export function segmentStart(name: string): bigint {
  const segment = parseSegment(name);
  if (segment === null) throw new Error(`not a WAL segment: ${name}`);
  return segment.number * segmentBytes;
}

/** How many segments `to` lies after `from`. */
export function segmentsBetween(from: string, to: string): number {
  return Number((segmentStart(to) - segmentStart(from)) / segmentBytes);
}

/** The segment in an object's key of a pgBackRest archive: `.../000000010000000000000005-<sha1>.zst`. */
export function segmentOfKey(key: string): string | null {
  const match = /\/([0-9A-F]{24})-[0-9a-f]{40}(\.[a-z0-9]+)?$/.exec(key);
  return match?.[1] ?? null;
}

/** Names that are not there between the first and the last of a timeline. */
export function missingSegments(names: readonly string[], timeline: number): readonly string[] {
  const numbers = names
    .map(parseSegment)
    .filter((segment) => segment !== null && segment.timeline === timeline)
    .map((segment) => segment?.number ?? 0n)
    .sort((a, b) => (a < b ? -1 : 1));
  const missing: string[] = [];
  for (const [index, number] of numbers.entries()) {
    const before = numbers[index - 1];
    if (before === undefined) continue;
    for (let gap = before + 1n; gap < number; gap += 1n) missing.push(nameOf(timeline, gap));
  }
  return missing;
}

function nameOf(timeline: number, number: bigint): string {
  const hex = (value: number | bigint): string => value.toString(16).toUpperCase().padStart(8, "0");
  return hex(timeline) + hex(number / segmentsPerLog) + hex(number % segmentsPerLog);
}

/** Last line of a .history file: which timeline was left, and where. */
export function parseHistory(text: string): { readonly parent: number; readonly switchedAt: string } | null {
  const line = text
    .split("\n")
    .map((each) => each.trim())
    .filter((each) => each !== "" && !each.startsWith("#"))
    .at(-1);
  const match = line === undefined ? null : /^(\d+)\s+([0-9A-F]+\/[0-9A-F]+)/.exec(line);
  if (match === null) return null;
  return { parent: Number(match[1]), switchedAt: match[2] ?? "" };
}
