import type { OffsiteConfig } from "../config/index.ts";
import { planAwsStorage } from "./aws/storage.ts";
import { planControlBucket, planLockedBucket } from "./buckets.ts";
import { planDnsPlace, planDnsProviders, planTags } from "./dns-place.ts";
import type { OffsitePlan, ProvidersPlan, ZonePlan } from "./types.ts";

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
    aws: offsite.implementation === "aws" ? planAwsStorage(offsite) : null,
    providers: planProviders(config),
  };
}

function planProviders({ offsite, stack, traffic }: OffsiteConfig): ProvidersPlan {
  const tags = planTags(stack);
  const dns = planDnsProviders(traffic, true, tags);
  if (offsite.implementation === "s3") {
    const { endpoint, region, ca, admin } = offsite;
    return { store: { endpoint, region, ca, ...admin }, ...dns, awsReplica: null };
  }
  const { accountId, region, replica } = offsite;
  return {
    store: null,
    ...dns,
    // One a package: records of Route 53 are written with it too, and the config's accounts are the same.
    aws: { region, accountId, roleArn: null, tags },
    awsReplica: { region: replica.region, accountId: replica.accountId, roleArn: replica.roleArn, tags },
  };
}

/** A name server of ours inside the zone needs its own address there; one outside, or a service's, has it elsewhere. */
function planZone(traffic: OffsiteConfig["traffic"]): ZonePlan {
  const own =
    traffic.implementation === "powerdns"
      ? traffic.nameservers.filter((server) => server.name.endsWith(`.${traffic.zone}`))
      : [];
  const addresses = new Map<string, string[]>();
  for (const { name, address } of [...own, ...traffic.records]) {
    const known = addresses.get(name) ?? [];
    if (!known.includes(address)) known.push(address);
    addresses.set(name, known);
  }
  return {
    place: planDnsPlace(traffic),
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
