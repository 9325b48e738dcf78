import { archiveRules, volumeRules } from "./archive.ts";
import { backupRules } from "./backups.ts";
import { exporterRules } from "./exporters.ts";
import { objectRules } from "./objects.ts";
import { withTwins } from "./twins.ts";
import type { RuleGroup, WatchedPlan } from "./types.ts";

export { archiveBehindSeconds } from "./archive.ts";
export { oldestAllowedSeconds } from "./intervals.ts";
export {
  type AlertName,
  type AlertRule,
  alertNames,
  type RuleGroup,
  type Selector,
  type WatchedPlan,
} from "./types.ts";

/** How often Prometheus asks itself; the archive's own limit counts on it. */
const intervalSeconds = 10;

/**
 * Every alert of one site, with thresholds from its plan. A site that stands by
 * keeps its rules: they hold it to its schedules from the moment it is active.
 */
export function planAlerts(plan: WatchedPlan): readonly RuleGroup[] {
  const { site } = plan;
  const groups = {
    backups: backupRules(plan),
    archive: [...archiveRules(plan), ...volumeRules(plan)],
    exporters: exporterRules(site),
    objects: objectRules(plan),
  };
  const filled = Object.entries(groups).filter(([, rules]) => rules.length > 0);
  return filled.map(([topic, rules]) => ({
    name: `holdfast-${site}-${topic}`,
    intervalSeconds,
    rules: withTwins(site, rules),
  }));
}
