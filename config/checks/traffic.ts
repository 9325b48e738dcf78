import { isIPv4 } from "node:net";
import { formatDuration } from "../duration.ts";
import { type Findings, gather, nothing, problem } from "./findings.ts";
import { type AnyConfig, isOffsiteConfig, isSiteConfig } from "./kind.ts";

/** What Cloudflare gives a load balancer that it does not proxy when none is asked for; less is not promised. */
const cloudflareLeastTtlSeconds = 30;

/** Route 53's whole choice: https://docs.aws.amazon.com/Route53/latest/APIReference/API_HealthCheckConfig.html */
const route53IntervalsSeconds: readonly number[] = [10, 30];

/** Values that one service takes and another does not. */
export function checkTraffic(config: AnyConfig): Findings {
  switch (config.traffic?.implementation) {
    case "cloudflare":
      return gather([checkToken(config), checkCloudflareTtl(config), checkPublicAddresses(config)]);
    case "route53":
      return gather([checkInterval(config), checkPublicAddresses(config)]);
    default:
      return nothing;
  }
}

/** The primary's stack writes no record, so it needs no token; dr's and the third place's do. */
function checkToken(config: AnyConfig): Findings {
  const { site, traffic } = config;
  if (traffic?.implementation !== "cloudflare" || traffic.apiToken !== undefined) return nothing;
  if (site?.name !== "dr" && site?.name !== "offsite") return nothing;
  return problem({
    path: "traffic.apiToken",
    what: `secret is missing: the stack of ${site.name} writes records`,
    allowed:
      "a token of Cloudflare's that edits this zone's DNS and load balancers, and the account's pools and monitors",
    hint: "pulumi config set --secret --path 'holdfast:traffic.apiToken'",
  });
}

function checkCloudflareTtl(config: AnyConfig): Findings {
  if (!isSiteConfig(config)) return nothing;
  const ttl = config.traffic?.ttl;
  if (ttl === undefined || ttl >= cloudflareLeastTtlSeconds) return nothing;
  return problem({
    path: "traffic.ttl",
    what: "is less than Cloudflare keeps an answer of a load balancer that it does not proxy",
    got: formatDuration(ttl),
    allowed: `at least ${cloudflareLeastTtlSeconds} seconds`,
  });
}

function checkInterval(config: AnyConfig): Findings {
  if (!isSiteConfig(config) || config.traffic?.implementation !== "route53") return nothing;
  const interval = config.traffic.healthCheck?.interval;
  if (interval === undefined || route53IntervalsSeconds.includes(interval)) return nothing;
  return problem({
    path: "traffic.healthCheck.interval",
    what: "is not an interval that Route 53 has",
    got: formatDuration(interval),
    allowed: route53IntervalsSeconds.map((seconds) => `"${seconds} seconds"`).join(" or "),
  });
}

/** Both services ask the sites from outside: an address of a private network is always unhealthy there, or refused. */
function checkPublicAddresses(config: AnyConfig): Findings {
  if (isOffsiteConfig(config) || !isSiteConfig(config) || config.site?.lab !== false) return nothing;
  return gather(
    (["primary", "dr"] as const).map((site) => {
      const address = config.traffic?.sites?.[site];
      if (address === undefined || !isPrivate(address)) return nothing;
      return problem({
        path: `traffic.sites.${site}`,
        what: "is no address of the internet: neither users nor health checks reach it from there",
        got: address,
        allowed: "the public address of the site's load balancer or node",
      });
    }),
  );
}

/** RFC 1918, RFC 6598, RFC 2544, loopback, link-local, multicast and above. */
function isPrivate(address: string): boolean {
  if (!isIPv4(address)) return false;
  const [first = 0, second = 0] = address.split(".").map(Number);
  return (
    first === 0 ||
    first === 10 ||
    first === 127 ||
    first >= 224 ||
    (first === 100 && second >= 64 && second < 128) ||
    (first === 169 && second === 254) ||
    (first === 172 && second >= 16 && second < 32) ||
    (first === 192 && second === 168) ||
    (first === 198 && (second === 18 || second === 19))
  );
}
