import type { KeepUp, SizeResult } from "./result.ts";
import { samplesOf } from "./result.ts";
import { median, megabytesPerSecond, ratioOf } from "./statistics.ts";
import type { ThingId } from "./things.ts";

export type Outcome = "met" | "missed" | "notMeasured";

export interface TargetResult {
  readonly id: string;
  readonly title: string;
  readonly measured: string;
  readonly limit: string;
  readonly outcome: Outcome;
}

/** What the product promises of itself; the figures are those of docs/bench.md. */
export const limits = {
  fullMegabytesPerSecond: 150,
  fullToBasebackup: 1.5,
  restoreToCopy: 1,
  /** Beside the ratio: on a disk so slow that a copy crawls, a ratio alone would praise a crawl. */
  restoreMegabytesPerSecond: 100,
  othersToRestore: 2,
  incrementalToFull: 0.1,
  /** Segments more at the end of the load than at its beginning. */
  backlogGrowth: 2,
  drainedSeconds: 10,
} as const;

export function judge(result: SizeResult): readonly TargetResult[] {
  return [
    fullRate(result),
    atMost(
      result,
      "full-basebackup",
      "full backup against pg_basebackup with zstd",
      ["full", "basebackup"],
      limits.fullToBasebackup,
    ),
    atMost(result, "restore-copy", "restore against a plain copy", ["restore", "copy"], limits.restoreToCopy),
    restoreBound(result),
    atLeast(
      result,
      "pg-restore",
      "pg_restore against restore",
      ["pg_restore", "restore"],
      limits.othersToRestore,
    ),
    atLeast(
      result,
      "barman-restore",
      "barman-cloud-restore against restore",
      ["barman_restore", "restore"],
      limits.othersToRestore,
    ),
    incrementalTime(result),
    incrementalBytes(result),
    backlog(result.keepUp),
  ];
}

const times = (value: number): string => `${value.toFixed(2)} x`;
const percent = (value: number): string => `${(value * 100).toFixed(1)} %`;

function verdict(
  id: string,
  title: string,
  value: number | null,
  say: (value: number) => string,
  sign: "<=" | ">=",
  limit: number,
): TargetResult {
  const isMet = value !== null && (sign === "<=" ? value <= limit : value >= limit);
  return {
    id,
    title,
    measured: value === null ? "not measured" : say(value),
    limit: `${sign} ${say(limit)}`,
    outcome: value === null ? "notMeasured" : isMet ? "met" : "missed",
  };
}

type Pair = readonly [ThingId, ThingId];

function atMost(result: SizeResult, id: string, title: string, pair: Pair, limit: number): TargetResult {
  return verdict(id, title, pairRatio(result, pair), times, "<=", limit);
}

function atLeast(result: SizeResult, id: string, title: string, pair: Pair, limit: number): TargetResult {
  return verdict(id, title, pairRatio(result, pair), times, ">=", limit);
}

function pairRatio(result: SizeResult, [one, other]: Pair): number | null {
  return ratioOf(samplesOf(result, one), samplesOf(result, other));
}

function medianSeconds(result: SizeResult, thing: ThingId): number | null {
  return median(samplesOf(result, thing).map(({ seconds }) => seconds));
}

function rate(result: SizeResult, thing: ThingId): number | null {
  const seconds = medianSeconds(result, thing);
  return seconds === null ? null : megabytesPerSecond(result.rawBytes, seconds);
}

const rateWords = (value: number): string => `${value.toFixed(0)} MB/s`;

function fullRate(result: SizeResult): TargetResult {
  return verdict(
    "full-rate",
    "full backup, raw bytes",
    rate(result, "full"),
    rateWords,
    ">=",
    limits.fullMegabytesPerSecond,
  );
}

function restoreBound(result: SizeResult): TargetResult {
  const seconds = (value: number): string => `${value.toFixed(1)} s`;
  const bound = result.rawBytes / 1e6 / limits.restoreMegabytesPerSecond;
  return verdict("restore-bound", "restore, bound", medianSeconds(result, "restore"), seconds, "<=", bound);
}

/** Of another round than the full backups: medians, not pairs. */
function incrementalTime(result: SizeResult): TargetResult {
  const [one, other] = [medianSeconds(result, "incremental"), medianSeconds(result, "full")];
  const value = one === null || other === null ? null : one / other;
  return verdict(
    "incremental-time",
    "incremental after 1 % changed: time against the full's",
    value,
    percent,
    "<=",
    limits.incrementalToFull,
  );
}

function incrementalBytes(result: SizeResult): TargetResult {
  const bytes = (thing: ThingId): number | null =>
    median(samplesOf(result, thing).flatMap((sample) => (sample.bytes === null ? [] : [sample.bytes])));
  const [one, other] = [bytes("incremental"), bytes("full")];
  const value = one === null || other === null ? null : one / other;
  return verdict(
    "incremental-bytes",
    "incremental after 1 % changed: bytes against the full's",
    value,
    percent,
    "<=",
    limits.incrementalToFull,
  );
}

/**
 * Growing means that the last quarter of the load waits with more segments than
 * the second quarter did: the first one has the burst of full-page images after a checkpoint.
 */
export function backlogGrowth(waiting: readonly number[]): number | null {
  const quarter = Math.floor(waiting.length / 4);
  const early = median(waiting.slice(quarter, 2 * quarter));
  const late = median(waiting.slice(3 * quarter));
  return quarter === 0 || early === null || late === null ? null : late - early;
}

function backlog(keepUp: KeepUp | null): TargetResult {
  const growth = keepUp === null ? null : backlogGrowth(keepUp.waiting);
  const limit = `grows by < ${limits.backlogGrowth} segments, drained within ${limits.drainedSeconds} s`;
  const head = { id: "keep-up", title: "archiving beside pgbench on 4 clients", limit };
  if (keepUp === null || growth === null)
    return { ...head, measured: "not measured", outcome: "notMeasured" };
  const isMet = growth < limits.backlogGrowth && keepUp.drainedAfterSeconds <= limits.drainedSeconds;
  return {
    ...head,
    measured: `grows by ${growth}, drained after ${keepUp.drainedAfterSeconds.toFixed(1)} s, at most ${Math.max(...keepUp.waiting)} waiting`,
    outcome: isMet ? "met" : "missed",
  };
}
