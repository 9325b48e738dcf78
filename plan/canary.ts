import type { SiteConfig } from "../config/index.ts";
import type { CanaryPlan } from "./types.ts";

/** Null for every stack but a rehearsal's. Checked with the config: a rehearsal without one is refused there. */
export function planCanary({ site, traffic }: SiteConfig): CanaryPlan | null {
  const { canary } = traffic;
  if (site.role !== "rehearsal" || canary === undefined) return null;
  return {
    zone: traffic.zone,
    name: canary.name,
    address: site.address,
    ttlSeconds: traffic.ttl,
    nameservers: traffic.nameservers.map((server) => server.address),
    gatewayPort: canary.gatewayPort,
    databasePort: canary.databasePort,
  };
}
