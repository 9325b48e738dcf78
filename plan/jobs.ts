import type { SiteConfig } from "../config/index.ts";
import { nameOf } from "./names.ts";
import { planNamespace } from "./namespace.ts";
import type { JobsPlan } from "./types.ts";

/** holdfast's own row: whoever served left one, so a copy without it is no copy of a database that served. */
const ownFloor = { database: "holdfast", table: "holdfast.term", rows: 1 } as const;

/** What the scheduled jobs are told beside when they run. */
export function planJobs(config: SiteConfig): JobsPlan {
  const { backup, database, offsite, site } = config;
  const namespace = planNamespace(site);
  return {
    records: {
      bucket: offsite.recordsBucket,
      recorder: offsite.recorder,
    },
    restoreTest: {
      // Of its own: nothing that a restored copy does can touch what serves.
      namespace: nameOf("label", namespace, "restore-test"),
      set: backup.restoreTest.set,
      floors: [ownFloor, ...backup.restoreTest.floors],
      volumeBytes: database.volume,
      storageClass: database.storageClass ?? null,
    },
    logicalDump: {
      role: dumpRole,
      keepDaily: backup.logicalDump.keepDaily,
      keepWeekly: backup.logicalDump.keepWeekly,
      path: `dumps/${site.name}`,
    },
  };
}

/** Reads every table, and writes none. */
export const dumpRole = "holdfast_dump";
