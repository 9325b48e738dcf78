import type { SiteConfig } from "../config/index.ts";
import type { DatabasePlan, TermPlan } from "./types.ts";

/** What the stack asks of the epoch object, and where a restore ends. */
export function planTerm(config: SiteConfig): TermPlan {
  return {
    bucket: config.offsite.controlBucket,
    key: "epoch.json",
    handover: config.site.handover ?? null,
    run: config.recovery.run ?? null,
    recoveryTimeline: config.recovery.timeline ?? null,
  };
}

/**
 * A restored copy that people do not work with must not mail or run jobs. In the
 * lab every loss is a drill; elsewhere dr's activation is the business itself.
 */
export function planNeutralise(config: SiteConfig): DatabasePlan["neutralise"] {
  // Whatever the stack file says: a rehearsal that mails customers is an incident.
  if (config.site.role === "rehearsal") return ["odoo"];
  if (config.recovery.neutralise !== undefined) return config.recovery.neutralise;
  return config.site.name === "dr" && config.site.lab ? ["odoo"] : [];
}
