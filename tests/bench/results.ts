import type { BenchResult, KeepUp, Sample, SizeResult } from "../../bench/result.ts";
import type { ThingId } from "../../bench/things.ts";

/** A made-up result in which every target is met by a little. */

export const sample = (
  thing: ThingId,
  round: number,
  seconds: number,
  bytes: number | null = null,
): Sample => ({
  thing,
  round,
  seconds,
  bytes,
  load: 0.5,
  cpuSeconds: thing === "copy" ? null : 2 * seconds,
  segments: thing === "drain" ? 32 : null,
});

const three = (thing: ThingId, seconds: number, bytes: number | null = null): Sample[] =>
  [0, 1, 2].map((round) => sample(thing, round, seconds, bytes));

export const keepUp: KeepUp = {
  seconds: 60,
  transactionsPerSecond: 1234,
  walBytes: 600e6,
  waiting: Array.from({ length: 60 }, (_, second) => (second < 15 ? 6 : second % 3)),
  drainedAfterSeconds: 1.2,
};

export const met: SizeResult = {
  gigabytes: 2,
  rawBytes: 2.1e9,
  samples: [
    ...three("full", 13.9, 1.2e9),
    ...three("basebackup", 9.4, 1.2e9),
    ...three("restore", 5),
    ...three("copy", 5.1),
    ...three("pg_restore", 10.1),
    ...three("barman_restore", 10.1),
    ...three("incremental", 1.3, 0.1e9),
    ...three("drain", 3),
  ],
  keepUp,
  failures: [],
};

export function without(result: SizeResult, ...gone: readonly ThingId[]): SizeResult {
  return { ...result, samples: result.samples.filter(({ thing }) => !gone.includes(thing)) };
}

export function slower(result: SizeResult, thing: ThingId, factor: number): SizeResult {
  return {
    ...result,
    samples: result.samples.map((one) =>
      one.thing === thing ? { ...one, seconds: one.seconds * factor } : one,
    ),
  };
}

export const bench: BenchResult = {
  schemaVersion: 1,
  id: "20260105-093015",
  startedAt: "2026-01-05T09:30:15.000Z",
  endedAt: "2026-01-05T09:50:15.000Z",
  machine: {
    cores: 2,
    cpuModel: "Some CPU",
    memoryBytes: 24 * 2 ** 30,
    kernel: "6.18",
    loadBefore: [0.1, 0.2, 0.3],
    loadAfter: [2, 1, 1],
  },
  versions: { postgres: "PostgreSQL 18.6", pgbackrest: "2.60" },
  settings: {
    repetitions: { quick: 7, slow: 3 },
    processMax: 2,
    compressLevel: 1,
    memoryLimit: "2Gi",
    cpuLimit: null,
  },
  coldCaches: true,
  sizes: [met],
};
