import { join } from "node:path";
import type { Places } from "../../drill/adapters/index.ts";
import { planOffsite, planSite } from "../../plan/index.ts";
import { S3Store } from "../../provider/clients/s3.ts";
import { readOffsiteConfig, readSiteConfig } from "../rules/stack-file.ts";
import type { OperatorSources } from "./operator.ts";

export async function readOperatorSources(repositoryRoot: string, places: Places): Promise<OperatorSources> {
  const file = (stack: string): string => join(repositoryRoot, `Pulumi.${stack}.yaml`);
  const [primary, dr, offsite] = await Promise.all([
    readSiteConfig(file("primary"), "primary"),
    readSiteConfig(file("dr"), "dr"),
    readOffsiteConfig(file("offsite")),
  ]);
  const plan = planOffsite(offsite);
  const { endpoint, region, reader } = places.offsite;
  return {
    plans: { primary: planSite(primary), dr: planSite(dr) },
    recordsBucket: plan.recordsBucket.bucketName,
    buckets: [plan.bucket, plan.recordsBucket, plan.documentsBucket],
    store: new S3Store({
      endpoint,
      region,
      ...("role" in reader ? reader : { accessKey: reader.accessKeyId, secretKey: reader.secretAccessKey }),
      caPem: places.ca,
    }),
  };
}
