import type { SiteConfig } from "../config/index.ts";
import type { Role } from "../contract/stack.ts";
import { nameOf } from "./names.ts";
import type { CloudflareTrafficPlan, TrafficPlan } from "./traffic-types.ts";
import type { ServicesPlan, SitePlan } from "./types.ts";

const all = 100;

/** Of one question to a gateway; a site that needs longer is not well. */
const monitorTimeoutSeconds = 5;
const monitorRetries = 2;

/**
 * Only dr writes the weights: the primary's stack may be the one that cannot run.
 * A rehearsal must not be reachable by a name that people use.
 */
export function planTraffic(config: SiteConfig, { gateway }: ServicesPlan): TrafficPlan | null {
  const { site, traffic } = config;
  if (site.name !== "dr" || site.role === "rehearsal") return null;
  const weights = (dr: number) =>
    [
      { site: "primary", address: traffic.sites.primary, weight: all - dr },
      { site: "dr", address: traffic.sites.dr, weight: dr },
    ] as const;
  const dr = weightOfDr(site.role);
  const publicTargets = weights(Math.min(dr, traffic.share));
  const shared = {
    ttlSeconds: traffic.ttl,
    targets: publicTargets,
    records: [
      { logicalName: "public", name: traffic.publicName, targets: publicTargets },
      // Never shared out: one site takes writes, and its clients must not stay behind with the one that lost its term.
      { logicalName: "database", name: traffic.databaseName, targets: weights(dr) },
      // With the public name: what people reach beside it is the same site's.
      ...gateway.hosts
        .filter(({ host }) => host !== traffic.publicName)
        .map(({ host }) => ({ logicalName: host, name: host, targets: publicTargets })),
    ],
  } as const;
  const { zone } = traffic;
  switch (traffic.implementation) {
    case "powerdns": {
      const nameservers = traffic.nameservers.map((server) => server.address);
      return {
        implementation: "powerdns",
        place: { implementation: "powerdns", zone, nameservers },
        ...shared,
      };
    }
    case "cloudflare":
      return {
        implementation: "cloudflare",
        place: { implementation: "cloudflare", zone, zoneId: traffic.zoneId },
        ...shared,
        accountId: traffic.accountId,
        poolNames: poolNamesOf(traffic.publicName),
        monitor: {
          host: traffic.publicName,
          port: traffic.monitor.port,
          path: traffic.monitor.path,
          intervalSeconds: traffic.monitor.interval,
          timeoutSeconds: monitorTimeoutSeconds,
          retries: monitorRetries,
        },
      };
    case "route53":
      return {
        implementation: "route53",
        place: { implementation: "route53", zone, zoneId: traffic.zoneId },
        ...shared,
        healthCheck: {
          host: traffic.publicName,
          port: traffic.healthCheck.port,
          path: traffic.healthCheck.path,
          intervalSeconds: traffic.healthCheck.interval,
          failures: traffic.healthCheck.failures,
        },
      };
    default:
      return traffic satisfies never;
  }
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

/** An account's pools are one list, so the business's name is in each. */
function poolNamesOf(publicName: string): CloudflareTrafficPlan["poolNames"] {
  return {
    primary: nameOf("label", "holdfast", publicName, "primary"),
    dr: nameOf("label", "holdfast", publicName, "dr"),
  };
}
