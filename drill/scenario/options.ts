import type { Floor } from "../../contract/floor.ts";
import type { BackupAgeLimits } from "../backup-age.ts";
import type { Plant } from "../ports/lab.ts";

/** What a site-loss run may be told. The defaults are the lab's; the command line sets the rest. */
export interface SiteLossOptions {
  /** Seconds after a WAL switch at which the site is lost. Below `archiveTimeoutSeconds`. */
  readonly phaseSeconds: number;
  readonly plant: Plant | null;
  /** Seconds that planted damage works before the loss; 0 plants it just before. */
  readonly holdSeconds: number;
  readonly heartbeatsPerSecond: number;
  readonly loadRowsPerSecond: number;
  readonly database: string;
  readonly odooDatabase: string;
  readonly pgbenchScale: number;
  readonly minimumBytes: number;
  readonly partners: number;
  readonly segmentsAfterBackup: number;
  /** Failures in a row, of users and writers, before the loss counts as seen. */
  readonly failuresToDetect: number;
  readonly maximumClockSkewMs: number;
  /** How old the newest offsite sets may be at the start; null judges them not. */
  readonly backupAge: BackupAgeLimits | null;
  readonly maximumTtlSeconds: number;
  readonly minimumDiskBytes: number;
  readonly minimumMemoryBytes: number;
  /** How long the database pod may stand still on one error before the step gives up. */
  readonly stuckMs: number;
  /** How often bare commands are timed after the recovery, and what earlier runs measured of it; left out, never. */
  readonly floor?: { readonly rounds: number; readonly earlier: readonly Floor[] };
}

export const labSiteLoss: Omit<SiteLossOptions, "phaseSeconds" | "plant" | "holdSeconds" | "backupAge"> = {
  heartbeatsPerSecond: 5,
  loadRowsPerSecond: 20,
  database: "holdfast",
  odooDatabase: "odoo",
  // 110 gives 1.65 GB with its indexes: over the 1.5 GB that a run must restore.
  pgbenchScale: 110,
  minimumBytes: 1_500_000_000,
  partners: 200,
  segmentsAfterBackup: 20,
  failuresToDetect: 3,
  maximumClockSkewMs: 1000,
  maximumTtlSeconds: 60,
  minimumDiskBytes: 10_000_000_000,
  minimumMemoryBytes: 2_000_000_000,
  stuckMs: 15_000,
};

/**
 * The moment of loss within the archive interval, from the seed: the same seed loses
 * the site at the same phase. Leaves out the last second, where the next switch races.
 */
export function seededPhase(seed: number, archiveTimeoutSeconds: number): number {
  // One round of a 32-bit mixer: neighbouring seeds must not give neighbouring phases.
  let mixed = (seed ^ 0x9e3779b9) >>> 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b) >>> 0;
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35) >>> 0;
  mixed = (mixed ^ (mixed >>> 16)) >>> 0;
  return mixed % Math.max(1, archiveTimeoutSeconds - 1);
}
