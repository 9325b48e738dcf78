import type { SiteConfig } from "../config/index.ts";
import type { RecoveryPlan, TermPlan } from "./types.ts";

/** What the stack asks of the epoch object, and where a restore ends. */
export function planTerm(config: SiteConfig): TermPlan {
  return {
    bucket: config.offsite.controlBucket,
    key: "epoch.json",
    handover: config.site.handover ?? null,
    run: config.recovery.run ?? null,
    recoveryTimeline: config.recovery.timeline ?? null,
    recovery: planRecovery(config.recovery),
  };
}

/** Null where nothing is asked for that an ordinary restore does not do. */
export function planRecovery(section: SiteConfig["recovery"]): RecoveryPlan | null {
  const { target, repository, repositoryAsOf, sourceEpoch } = section;
  const { kind } = target;
  const plan: RecoveryPlan = {
    kind,
    target: kind === "latest" || kind === "set" ? null : (target[kind] ?? null),
    set: target.set ?? null,
    exclusive: target.exclusive,
    repository,
    asOf: repositoryAsOf ?? null,
    sourceEpoch: sourceEpoch ?? null,
  };
  const isOrdinary =
    kind === "latest" &&
    plan.set === null &&
    repository === "offsite" &&
    plan.asOf === null &&
    plan.sourceEpoch === null;
  return isOrdinary ? null : plan;
}
