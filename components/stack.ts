import type { Input, ProviderResource } from "@pulumi/pulumi";
import type { StackContract } from "../contract/stack.ts";
import type { OffsitePlan, SitePlan } from "../plan/types.ts";
import { makeCloudProviders } from "./cloud-providers.ts";
import { makeHoldfastProvider } from "./holdfast-provider.ts";
import type { MakeStorage } from "./offsite.ts";
import type { ResolveSecret } from "./secrets.ts";
import { loadDns } from "./traffic/load.ts";

/**
 * Everything of a stack, with its explicit providers. What a plan does not use is not imported: the Kubernetes SDK
 * costs the offsite stack nothing, and a cloud's costs nobody who is not there.
 */
export async function makeStack(
  plan: OffsitePlan | SitePlan,
  secrets: ResolveSecret,
): Promise<Input<StackContract>> {
  return plan.kind === "offsite" ? makeOffsite(plan, secrets) : makeSite(plan, secrets);
}

async function makeOffsite(plan: OffsitePlan, secrets: ResolveSecret): Promise<Input<StackContract>> {
  const [{ OffsiteStack }, dns, makeStorage, cloud] = await Promise.all([
    import("./offsite.ts"),
    loadDns(plan.zone.place.implementation),
    loadStorage(plan),
    makeCloudProviders(plan.providers, secrets),
  ]);
  const { store, dns: powerdns } = plan.providers;
  // Where a cloud has the store and the zone, nothing here is of holdfast's own provider.
  const own = store === null && powerdns === null ? [] : [makeHoldfastProvider(plan.providers, secrets)];
  const storage = makeStorage(cloud.awsReplica);
  return new OffsiteStack("offsite", { plan, dns, storage }, { providers: [...own, ...cloud.inherited] })
    .contract;
}

async function makeSite(plan: SitePlan, secrets: ResolveSecret): Promise<Input<StackContract>> {
  const place = plan.traffic?.place ?? plan.canary?.place;
  const [{ SiteStack }, { makeSiteProviders }, dns, cloud] = await Promise.all([
    import("./site.ts"),
    import("./providers.ts"),
    place === undefined ? null : loadDns(place.implementation),
    makeCloudProviders(plan.providers, secrets),
  ]);
  const { kubernetes, random, holdfast } = makeSiteProviders(plan, secrets);
  const providers = [kubernetes, random, holdfast, ...cloud.inherited];
  return new SiteStack("site", { plan, dns, secrets }, { providers }).contract;
}

/** What makes the buckets, once the provider of the replica is there. */
async function loadStorage({ aws }: OffsitePlan): Promise<(replica: ProviderResource | null) => MakeStorage> {
  if (aws === null) {
    const { makeBuckets } = await import("./storage/offsite-bucket.ts");
    return () => makeBuckets;
  }
  const { AwsStorage } = await import("./storage/aws.ts");
  return (replica) => (parent) => {
    if (replica === null) throw new Error("the plan has a replica, and no provider for it");
    new AwsStorage("storage", { plan: aws, replica }, { parent });
  };
}
