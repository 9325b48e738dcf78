import type { OffsiteConfig, SiteConfig } from "../config/index.ts";

/** Where a store is reached: its endpoint, and the name by which pods call it. */
export interface StorePlace {
  readonly endpoint: string;
  readonly host: string;
}

/** A store of one's own says where it is; Amazon's is the region's. Path style: pods trust one name, not one a bucket. */
export function storePlaceOf(offsite: SiteConfig["offsite"] | OffsiteConfig["offsite"]): StorePlace {
  switch (offsite.implementation) {
    case "s3":
      return { endpoint: offsite.endpoint, host: offsite.host };
    case "aws": {
      const host = `s3.${offsite.region}.${awsDomain(offsite.partition)}`;
      return { endpoint: `https://${host}`, host };
    }
    default:
      return offsite satisfies never;
  }
}

/** The region's own token service: the global one's tokens are not taken everywhere, and other partitions have none. */
export function stsHostOf({
  region,
  partition,
}: {
  readonly region: string;
  readonly partition: "aws" | "aws-cn" | "aws-us-gov";
}): string {
  return `sts.${region}.${awsDomain(partition)}`;
}

export function awsDomain(partition: "aws" | "aws-cn" | "aws-us-gov"): string {
  return partition === "aws-cn" ? "amazonaws.com.cn" : "amazonaws.com";
}
