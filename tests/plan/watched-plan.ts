import type { WatchedPlan } from "../../plan/alerts/index.ts";

/** The plan with a schedule of every kind of job. */
export function withEveryKind(plan: WatchedPlan): WatchedPlan {
  const deadlines = { startingDeadlineSeconds: 600, activeDeadlineSeconds: 6540, timeZone: "Etc/UTC" };
  const others = (["verify", "restore-test", "logical-dump"] as const)
    .filter((type) => !plan.schedules.some((schedule) => schedule.type === type))
    .map((type) => ({ ...deadlines, type, repository: "offsite" as const, cron: "15 5 * * *" }));
  return { ...plan, schedules: [...plan.schedules, ...others] };
}
