import type { Floor } from "../../contract/floor.ts";
import type { Site } from "../../contract/stack.ts";

/** Backup sets and WAL, and what bare commands take for them. Rules for every implementation: ../ports.ts. */

/** Bare commands beside the product's own, on the site's node with the database's limits. */
export interface FloorPort {
  /**
   * Leaves nothing behind but a namespace on its way out. Slow: each round restores the set twice.
   * A phase that cannot be had here (the lost site answers, a zone that must not be touched) has no sample.
   */
  measure(
    args: {
      readonly site: Site;
      /** Whose path holds the set and its WAL. */
      readonly epoch: number;
      readonly set: string;
      readonly rounds: number;
      /** What the scenario calls a loss: so many failures in a row. */
      readonly failuresToDetect: number;
    },
    say: (line: string) => void,
    signal: AbortSignal,
  ): Promise<{ readonly samples: Floor["samples"]; readonly coldCaches: boolean }>;
}

export interface BackupSetInfo {
  readonly label: string;
  readonly type: "full" | "diff" | "incr";
  readonly startedAtMs: number;
  readonly stoppedAtMs: number;
  readonly lsnStart: string;
  readonly lsnStop: string;
  readonly walStart: string;
  readonly walStop: string;
  readonly repositoryBytes: number;
  readonly databaseBytes: number;
  readonly error: boolean;
  /** Labels that it depends on. */
  readonly references: readonly string[];
}

export interface RepositoryInfo {
  /** pgBackRest's status code and message: 0 "ok", 1 "missing stanza path", 2 "no valid backups", ... */
  readonly status: { readonly code: number; readonly message: string };
  readonly systemIdentifier: string | null;
  readonly sets: readonly BackupSetInfo[];
  readonly archive: { readonly min: string | null; readonly max: string | null };
}

export interface RepositoryPort {
  /** `pgbackrest info --output=json` by exec in the database pod of `via`, for the path of `epoch`. */
  info(
    args: { readonly repository: "offsite" | "site"; readonly epoch: number; readonly via: Site },
    signal: AbortSignal,
  ): Promise<RepositoryInfo>;
  /**
   * Newest WAL segment of the epoch in the offsite bucket, by listing names: needs neither site.
   * With `storedByMs`, of those that were stored by then.
   */
  newestSegment(
    epoch: number,
    signal: AbortSignal,
    storedByMs?: number,
  ): Promise<{ readonly segment: string; readonly storedAtMs: number } | null>;
  /** The epoch's sets in the offsite bucket, by listing names: needs neither site. Oldest first. */
  storedSets(epoch: number, signal: AbortSignal): Promise<readonly StoredSet[]>;
}

/** A backup set as its manifest's name tells, written when the set was whole. */
export interface StoredSet {
  readonly label: string;
  readonly type: BackupSetInfo["type"];
  readonly storedAtMs: number;
}
