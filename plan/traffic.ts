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
  const weights = (dr: number): { readonly address: string; readonly weight: number }[] => [
    { address: traffic.sites.primary, weight: all - dr },
    { address: traffic.sites.dr, weight: dr },
  ];
  const dr = weightOfDr(site.role);
  return {
    implementation: traffic.implementation,
    zone: traffic.zone,
    nameservers: traffic.nameservers.map((server) => server.address),
    ttlSeconds: traffic.ttl,
    records: [
      { logicalName: "public", name: traffic.publicName, targets: weights(Math.min(dr, traffic.share)) },
      // Never shared out: one site takes writes, and its clients must not stay behind with the one that lost its term.
      { logicalName: "database", name: traffic.databaseName, targets: weights(dr) },
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
