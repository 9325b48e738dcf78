import type { SiteConfig } from "../config/index.ts";
import type { RepositoryPlan } from "./types.ts";

/**
 * pgBackRest expires by count: the age of the newest backup then never decides
 * what is kept, and a site that stood still for a month still has its backups.
 * Both repositories keep the same, so that either restores what the other does.
 */
export function planRetention(backup: Pick<SiteConfig["backup"], "retention">): RepositoryPlan["retention"] {
  return { fullCount: backup.retention.full, differentialCount: backup.retention.differential };
}
