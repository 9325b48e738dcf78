import { activeInfo, olderThan, select, text, whileActive } from "./expressions.ts";
import type { AlertRule } from "./types.ts";

const staleSeconds = 120;

/** Names of the two scrape jobs, which every Prometheus that loads these rules has to use. */
const scrapeJobs = { holdfast: "holdfast", postgres: "postgres" } as const;

/** Who watches the watchers: what has stopped measuring looks well. */
export function exporterRules(site: string): readonly AlertRule[] {
  const lastRun = select(site, "holdfast_exporter_last_run_timestamp_seconds");
  const database = select(site, "pg_up");
  return [
    {
      alert: "HoldfastDatabaseDown",
      severity: "critical",
      labels: { site },
      expression: whileActive(site, `${text(database)} == 0`),
      forSeconds: 60,
      when: "PostgreSQL has not answered its exporter for a minute",
      summary: `${site}: PostgreSQL does not answer`,
      action:
        "look at the database's pod and its log; where the site is lost, a person decides on holdfast failover",
      reads: [database],
    },
    {
      alert: "HoldfastMetricsStale",
      severity: "warning",
      labels: { site },
      expression: whileActive(site, olderThan(lastRun, staleSeconds)),
      forSeconds: 0,
      when: `holdfast's own metrics are older than ${staleSeconds} seconds`,
      summary: `${site}: holdfast's metrics were taken {{ $value | humanizeDuration }} ago`,
      action: "look at the container that takes them, in the database's pod: its numbers are those of then",
      reads: [lastRun],
    },
    ...Object.values(scrapeJobs).flatMap((job) => targetRules(site, job)),
    nobodyServes(),
  ];
}

/** A site that stands by answers on no port: only one that was active within the hour is missed. */
function targetRules(site: string, job: string): readonly AlertRule[] {
  const up = select(site, "up", { job });
  const wasActive = `last_over_time(${text(activeInfo(site))}[1h])`;
  return [
    {
      alert: "HoldfastTargetDown",
      severity: "critical",
      labels: { site, job },
      expression: `(${text(up)} == 0) and on() ${wasActive} unless on() holdfast_info{site!="${site}",role="active"}`,
      forSeconds: 60,
      when: "Prometheus cannot read metrics of the site that was active within the hour, and no other is active",
      summary: `${site}: ${job}'s metrics cannot be read`,
      action:
        "look at the database's pod and at the way to it; where the site is lost, a person decides on holdfast failover",
      reads: [up],
    },
    {
      alert: "HoldfastTargetMissing",
      severity: "warning",
      labels: up.labels,
      // Whatever the role: this one says that Prometheus itself is not set up.
      expression: `absent(${text(up)})`,
      forSeconds: 300,
      when: "Prometheus has no target of the job (holdfast or postgres) with the site's label",
      summary: `${site}: Prometheus has no target of job ${job}`,
      action: "add the site's exporters to Prometheus' scrape configuration, with the label site",
      reads: [],
      misses: up,
    },
  ];
}

/** In the rules of each site, so that each set is whole by itself; the same labels make it one alert. */
function nobodyServes(): AlertRule {
  const misses = { metric: "holdfast_info", labels: { role: "active" } };
  return {
    alert: "HoldfastNobodyServes",
    severity: "critical",
    labels: {},
    expression: `absent(${text(misses)})`,
    forSeconds: 120,
    when: "no site has said for 2 minutes that it is active",
    summary: "no site says that it is active",
    action:
      "holdfast status: the active site is lost, its pod does not run, or a hand-over has stopped half way",
    reads: [],
    misses,
  };
}
