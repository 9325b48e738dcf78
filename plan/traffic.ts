import type { SiteConfig } from "../config/index.ts";
import type { Role } from "../contract/stack.ts";
import type { ServicesPlan, SitePlan, TrafficPlan } from "./types.ts";

const all = 100;

/**
 * Only dr writes the weights: the primary's stack may be the one that cannot run.
 * A rehearsal must not be reachable by a name that people use.
 */
export function planTraffic(config: SiteConfig, { gateway }: ServicesPlan): TrafficPlan | null {
  const { site, traffic } = config;
  if (site.name !== "dr" || site.role === "rehearsal") return null;
  const weights = (dr: number): { readonly address: string; readonly weight: number }[] => [
    { address: traffic.sites.primary, weight: all - dr },
    { address: traffic.sites.dr, weight: dr },
  ];
  const dr = weightOfDr(site.role);
  const publicTargets = weights(Math.min(dr, traffic.share));
  return {
    implementation: traffic.implementation,
    zone: traffic.zone,
    nameservers: traffic.nameservers.map((server) => server.address),
    ttlSeconds: traffic.ttl,
    records: [
      { logicalName: "public", name: traffic.publicName, targets: publicTargets },
      // Never shared out: one site takes writes, and its clients must not stay behind with the one that lost its term.
      { logicalName: "database", name: traffic.databaseName, targets: weights(dr) },
      // With the public name: what people reach beside it is the same site's.
      ...gateway.hosts
        .filter(({ host }) => host !== traffic.publicName)
        .map(({ host }) => ({ logicalName: host, name: host, targets: publicTargets })),
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

/** Names of services beside the public one, which move with it; a rehearsal's copy has none of them. */
export function hostNamesOf({
  services,
  publicName,
  canary,
}: Pick<SitePlan, "services" | "publicName" | "canary">): string[] {
  if (canary !== null) return [];
  return services.gateway.hosts.map(({ host }) => host).filter((host) => host !== publicName);
}
