import type { ProviderResource } from "@pulumi/pulumi";
import type { AwsProviderPlan } from "../plan/aws/types.ts";
import type { ProvidersPlan } from "../plan/types.ts";
import type { ResolveSecret } from "./secrets.ts";

export interface CloudProviders {
  /** One a package, for components to inherit. */
  readonly inherited: readonly ProviderResource[];
  /** Of the replica's region and account: named by what is made there. */
  readonly awsReplica: ProviderResource | null;
}

/** Providers of the services that the plan uses; the SDKs of others are not loaded. */
export async function makeCloudProviders(
  plan: ProvidersPlan,
  secrets: ResolveSecret,
): Promise<CloudProviders> {
  const inherited: ProviderResource[] = [];
  if (plan.aws !== null) inherited.push(await makeAws("aws", plan.aws));
  if (plan.cloudflare !== null) {
    const { Provider } = await import("@pulumi/cloudflare/provider.js");
    inherited.push(new Provider("cloudflare", { apiToken: secrets(plan.cloudflare.apiToken) }));
  }
  return {
    inherited,
    awsReplica: plan.awsReplica === null ? null : await makeAws("aws-replica", plan.awsReplica),
  };
}

async function makeAws(name: string, plan: AwsProviderPlan): Promise<ProviderResource> {
  const { Provider } = await import("@pulumi/aws/provider.js");
  return new Provider(name, {
    region: plan.region as never,
    allowedAccountIds: [plan.accountId],
    ...(plan.roleArn === null ? {} : { assumeRoles: [{ roleArn: plan.roleArn }] }),
    defaultTags: { tags: { ...plan.tags } },
  });
}
