import { archiveMarginSeconds } from "../config/archive-margin.ts";
import type { SiteConfig } from "../config/index.ts";

export interface WalPlan {
  readonly archiveTimeoutSeconds: number;
  readonly parameters: Readonly<Record<string, string>>;
  /** Acknowledged work that can be lost with the site while archiving is healthy. */
  readonly worstCaseRpoSeconds: number;
}

/**
 * archive_mode is on from the start and the command is a gate: archiving at
 * activation then needs no restart, and nothing is archived before the epoch's
 * own stanza exists.
 */
export function planWal(database: Pick<SiteConfig["database"], "archiveTimeout">): WalPlan {
  return {
    archiveTimeoutSeconds: database.archiveTimeout,
    parameters: {
      archive_mode: "on",
      // pgBackRest refuses a backup where the command does not name it: a note to itself, for the shell a comment.
      archive_command: "/holdfast/bin/archive-push %p # pgbackrest",
      archive_timeout: `${database.archiveTimeout}s`,
      wal_level: "replica",
    },
    worstCaseRpoSeconds: database.archiveTimeout + archiveMarginSeconds,
  };
}
