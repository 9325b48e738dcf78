import type { CronSchedule } from "../cron.ts";
import { brokenRules } from "../retention-rules.ts";
import { type Findings, gather, nothing, problem } from "./findings.ts";
import { type AnyConfig, isOffsiteConfig } from "./kind.ts";

const secondsInDay = 86_400;

/** Retention, lock and lifecycle that together lose what a late discovery still needs. */
export function checkRetention(config: AnyConfig): Findings {
  const { backup } = config;
  const full = backup?.schedules?.full as CronSchedule | undefined;
  const fullCount = backup?.retention?.full;
  const detectionWindow = backup?.detectionWindow;
  if (full === undefined || fullCount === undefined || detectionWindow === undefined) return nothing;
  const bucket = bucketSettings(config);
  const settings = { full, fullCount, detectionDays: Math.ceil(detectionWindow / secondsInDay), ...bucket };
  return gather(
    brokenRules(settings).map((rule) =>
      problem({
        path: rule.path,
        what: rule.why(settings),
        got: String(rule.got(settings)),
        allowed: `at least ${rule.least(settings)}`,
      }),
    ),
  );
}

/** Null where the stack does not own the bucket, or the value was reported already. */
function bucketSettings(config: AnyConfig) {
  const offsite = isOffsiteConfig(config) ? config.offsite : undefined;
  return { lockDays: offsite?.lock?.days ?? null, noncurrentDays: offsite?.noncurrentDays ?? null };
}
