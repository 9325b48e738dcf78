import type { OffsiteConfig } from "../config/index.ts";
import { planControlBucket, planLockedBucket } from "./buckets.ts";
import type { OffsitePlan, ZonePlan } from "./types.ts";

/** Fixed records: they change when a machine moves, never in a failover. */
const fixedTtlSeconds = 300;

/** Everything that the third place's stack makes. */
export function planOffsite(config: OffsiteConfig): OffsitePlan {
  const { offsite, traffic } = config;
  return {
    kind: "offsite",
    stack: config.stack,
    lab: config.site.lab,
    bucket: planLockedBucket("repository", offsite.bucket, offsite),
    controlBucket: planControlBucket(offsite),
    recordsBucket: planLockedBucket("records", offsite.recordsBucket, offsite),
    documentsBucket: planLockedBucket("documents", offsite.documentsBucket, offsite),
    zone: planZone(traffic),
    targets: { rtoSeconds: config.targets.rto, rpoSeconds: config.targets.rpo },
    providers: {
      store: {
        endpoint: offsite.endpoint,
        region: offsite.region,
        ca: offsite.ca,
        accessKey: offsite.admin.accessKey,
        secretKey: offsite.admin.secretKey,
      },
      dns: { api: traffic.api, apiKey: traffic.apiKey },
    },
  };
}

/** A name server inside the zone needs its own address there; one outside has it elsewhere. */
function planZone(traffic: OffsiteConfig["traffic"]): ZonePlan {
  const own = traffic.nameservers.filter((server) => server.name.endsWith(`.${traffic.zone}`));
  const addresses = new Map<string, string[]>();
  for (const { name, address } of [...own, ...traffic.records]) {
    const known = addresses.get(name) ?? [];
    if (!known.includes(address)) known.push(address);
    addresses.set(name, known);
  }
  return {
    name: traffic.zone,
    nameservers: traffic.nameservers,
    records: [...addresses].map(([name, values]) => ({
      name,
      type: "A",
      ttlSeconds: fixedTtlSeconds,
      values,
    })),
  };
}
