import type { SiteConfig } from "../config/index.ts";
import { planNamespace, restoreTestNamespace } from "./namespace.ts";
import { accountOf, identityOf } from "./pod-identities.ts";
import type { JobsPlan } from "./types.ts";

/** holdfast's own row: whoever served left one, so a copy without it is no copy of a database that served. */
const ownFloor = { database: "holdfast", table: "holdfast.term", rows: 1 } as const;

/** What the scheduled jobs are told beside when they run. */
export function planJobs(config: SiteConfig): JobsPlan {
  const { backup, database, offsite, site } = config;
  return {
    records: {
      bucket: offsite.recordsBucket,
      recorder: identityOf(offsite, "recorder"),
    },
    accounts: { backup: accountOf(config, "backup"), verify: accountOf(config, "verify") },
    restoreTest: {
      namespace: restoreTestNamespace(planNamespace(site)),
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
