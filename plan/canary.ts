import type { SiteConfig } from "../config/index.ts";
import { planDnsPlace } from "./dns-place.ts";
import type { CanaryPlan } from "./traffic-types.ts";

/** Null for every stack but a rehearsal's. Checked with the config: a rehearsal without one is refused there. */
export function planCanary({ site, traffic }: SiteConfig): CanaryPlan | null {
  const { canary } = traffic;
  if (site.role !== "rehearsal" || canary === undefined) return null;
  return {
    place: planDnsPlace(traffic),
    name: canary.name,
    record: { name: canary.name, type: "A", ttlSeconds: traffic.ttl, values: [site.address] },
    gatewayPort: canary.gatewayPort,
    databasePort: canary.databasePort,
  };
}
