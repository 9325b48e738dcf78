import type { SiteConfig } from "../config/index.ts";
import { nameOf } from "./names.ts";
import type { ExporterPlan, MonitoringPlan } from "./types.ts";

/** The ports that both programs are known by. */
const ports = { holdfast: 9100, postgres: 9187 } as const;

export function planMonitoring(config: SiteConfig): MonitoringPlan {
  const { monitoring, offsite, site } = config;
  const exporter = (name: ExporterPlan["name"], portName: string, nodePort?: number): ExporterPlan => ({
    name,
    portName,
    port: ports[name],
    // A rehearsal shares the node with dr's own stack, whose ports these are.
    nodePort: site.role === "rehearsal" ? null : (nodePort ?? null),
  });
  return {
    name: nameOf("label", "metrics"),
    exporters: [
      exporter("holdfast", "metrics", monitoring.metrics.nodePort),
      exporter("postgres", "pg-metrics", monitoring.postgres.nodePort),
    ],
    intervalSeconds: monitoring.interval,
    recordsBucket: offsite.recordsBucket,
  };
}
