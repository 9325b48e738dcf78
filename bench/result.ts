import type { Timed } from "./statistics.ts";
import type { ThingId } from "./things.ts";

/** bench-STAMP.json: everything that the tables are made of, so that they can be drawn again. */
export interface BenchResult {
  readonly schemaVersion: 1;
  readonly id: string;
  readonly startedAt: string;
  readonly endedAt: string;
  readonly machine: Machine;
  readonly versions: Readonly<Record<string, string>>;
  readonly settings: Settings;
  /** False where the caches could not be dropped: then reads may have come from memory. */
  readonly coldCaches: boolean;
  readonly sizes: readonly SizeResult[];
}

export interface Machine {
  readonly cores: number;
  readonly cpuModel: string;
  readonly memoryBytes: number;
  readonly kernel: string;
  /** Load averages of 1, 5 and 15 minutes before anything was measured, and at the end. */
  readonly loadBefore: readonly number[];
  readonly loadAfter: readonly number[];
}

export interface Settings {
  readonly repetitions: Repetitions;
  readonly processMax: number;
  readonly compressLevel: number;
  readonly memoryLimit: string;
  readonly cpuLimit: string | null;
}

export interface Repetitions {
  readonly quick: number;
  readonly slow: number;
}

export interface SizeResult {
  readonly gigabytes: number;
  /** Of the cluster's files without WAL: what "raw" means in MB/s. */
  readonly rawBytes: number;
  readonly samples: readonly Sample[];
  readonly keepUp: KeepUp | null;
  readonly failures: readonly Failure[];
}

export interface Sample extends Timed {
  readonly thing: ThingId;
  /** Machine's load average of one minute when it began. */
  readonly load: number;
  /** Processor time of the whole lab meanwhile, the offsite store's included; null where it cannot be read. */
  readonly cpuSeconds: number | null;
  /** Bytes it left in the repository or on the disk, where that is known. */
  readonly bytes: number | null;
  /** WAL segments it moved. */
  readonly segments: number | null;
}

export interface Failure {
  readonly thing: string;
  readonly reason: string;
}

/** pgbench beside the archiver: segments waiting, once a second. */
export interface KeepUp {
  readonly seconds: number;
  readonly transactionsPerSecond: number;
  readonly walBytes: number;
  readonly waiting: readonly number[];
  /** From the end of the load until nothing waited any more. */
  readonly drainedAfterSeconds: number;
}

export function samplesOf(result: SizeResult, thing: ThingId): readonly Sample[] {
  return result.samples.filter((sample) => sample.thing === thing);
}
