import type { OffsiteConfig, SiteConfig } from "../config/index.ts";
import type { DnsPlace } from "./traffic-types.ts";
import type { ProvidersPlan } from "./types.ts";

type Traffic = SiteConfig["traffic"] | OffsiteConfig["traffic"];

export function planDnsPlace(traffic: Traffic): DnsPlace {
  const { zone } = traffic;
  switch (traffic.implementation) {
    case "powerdns":
      return {
        implementation: "powerdns",
        zone,
        nameservers: traffic.nameservers.map((server) => server.address),
      };
    case "cloudflare":
      return { implementation: "cloudflare", zone, zoneId: traffic.zoneId };
    case "route53":
      return { implementation: "route53", zone, zoneId: traffic.zoneId };
    default:
      return traffic satisfies never;
  }
}

/** Route 53 is one service for all regions; its requests are signed for this one. */
const route53Region = "us-east-1";

/** What a stack that writes records is given; nothing for one that does not. */
export function planDnsProviders(
  traffic: Traffic,
  writes: boolean,
  tags: Readonly<Record<string, string>>,
): Pick<ProvidersPlan, "dns" | "aws" | "cloudflare"> {
  const none = { dns: null, aws: null, cloudflare: null };
  if (!writes) return none;
  switch (traffic.implementation) {
    case "powerdns":
      return { ...none, dns: { api: traffic.api, apiKey: traffic.apiKey } };
    case "cloudflare":
      // Checked with the config: a stack that writes without a token is refused there.
      return traffic.apiToken === undefined ? none : { ...none, cloudflare: { apiToken: traffic.apiToken } };
    case "route53":
      return {
        ...none,
        aws: { region: route53Region, accountId: traffic.accountId, roleArn: null, tags },
      };
    default:
      return traffic satisfies never;
  }
}

/** On everything at AWS that takes tags: whose it is, and what wrote it. */
export function planTags(stack: string): Readonly<Record<string, string>> {
  return { "holdfast:stack": stack, "managed-by": "holdfast" };
}
