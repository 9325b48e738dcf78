import type { SiteConfig } from "../config/index.ts";
import type { Role } from "../contract/stack.ts";
import type { TrafficPlan } from "./types.ts";

const all = 100;

/**
 * Only dr writes the weights: the primary's stack may be the one that cannot run.
 * A rehearsal must not be reachable by a name that people use.
 */
export function planTraffic(config: SiteConfig): TrafficPlan | null {
  const { site, traffic } = config;
  if (site.name !== "dr" || site.role === "rehearsal") return null;
  const dr = weightOfDr(site.role);
  const targets = [
    { address: traffic.sites.primary, weight: all - dr },
    { address: traffic.sites.dr, weight: dr },
  ];
  return {
    implementation: traffic.implementation,
    zone: traffic.zone,
    nameservers: traffic.nameservers.map((server) => server.address),
    ttlSeconds: traffic.ttl,
    // Both names move together: a client of the database must not stay behind with the site that lost its term.
    records: [
      { logicalName: "public", name: traffic.publicName, targets },
      { logicalName: "database", name: traffic.databaseName, targets },
    ],
  };
}

function weightOfDr(role: Exclude<Role, "rehearsal">): number {
  switch (role) {
    case "active":
      return all;
    case "standby":
    case "draining":
      return 0;
    default:
      return role satisfies never;
  }
}
