import { text, whileActive } from "./expressions.ts";
import type { AlertName, AlertRule, Selector, Severity } from "./types.ts";

/** So long a metric may be away: a pod that is made anew, an exporter that starts. */
const missingSeconds = 300;

/** An alert for a metric that is not there at all, as long as the site is the active one. */
export function missing(site: string, selector: Selector): AlertRule {
  return {
    ...twin({
      alert: "HoldfastMetricMissing",
      severity: "warning",
      site,
      misses: selector,
      forSeconds: missingSeconds,
      when: "a metric that an alert depends on is not there while the site is active",
      summary: `${site}: ${text(selector)} is not there, so its alerts cannot fire`,
      action:
        "see whether the exporters in the database's pod run and are scraped with the site's label; a repository that never answered has no numbers",
    }),
    labels: { site, ...selector.labels, metric: selector.metric },
  };
}

/** What a metric's absence means where it is more than a broken exporter. */
export function twin(of: {
  readonly alert: AlertName;
  readonly severity: Severity;
  readonly site: string;
  readonly misses: Selector;
  readonly forSeconds: number;
  readonly when: string;
  readonly summary: string;
  readonly action: string;
}): AlertRule {
  const { alert, severity, site, misses, forSeconds, when, summary, action } = of;
  return {
    alert,
    severity,
    labels: misses.labels,
    expression: whileActive(site, `absent(${text(misses)})`),
    forSeconds,
    when,
    summary,
    action,
    reads: [],
    misses,
  };
}

/** A twin for every metric that some rule reads and that has none: an alert on a metric that vanished never fires. */
export function withTwins(site: string, rules: readonly AlertRule[]): readonly AlertRule[] {
  const known = new Set(rules.flatMap(({ misses }) => (misses === undefined ? [] : [text(misses)])));
  const added: AlertRule[] = [];
  for (const selector of rules.flatMap(({ reads }) => reads)) {
    if (known.has(text(selector))) continue;
    known.add(text(selector));
    added.push(missing(site, selector));
  }
  return [...rules, ...added];
}
