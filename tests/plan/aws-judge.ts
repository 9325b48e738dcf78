import { runSimulation } from "@cloud-copilot/iam-simulate";
import type { AwsIdentityName, AwsStoragePlan } from "../../plan/aws/types.ts";
import { planOffsite } from "../../plan/index.ts";
import { loadFile } from "../config/stack-files.ts";

export const account = "111111111111";
export const replicaAccount = "222222222222";
const { config } = loadFile("examples/aws-route53", "offsite");
if (config.kind !== "offsite") throw new Error("not the third place's");
export const aws = planOffsite(config).aws as AwsStoragePlan;

export const buckets = {
  repository: "example-holdfast-repository",
  control: "example-holdfast-control",
  records: "example-holdfast-records",
  documents: "example-holdfast-documents",
  logs: "example-holdfast-logs",
} as const;
export type BucketName = keyof typeof buckets;

export const overTls = { "aws:SecureTransport": "true", "s3:TlsVersion": "1.3" };

/** A policy of all rights: an administrator's, or one attached by mistake. */
export const everyRight = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }],
});

export interface Request {
  readonly principal: string;
  readonly policy: string | null;
  readonly action: string;
  readonly resource: string;
  readonly owner?: string;
  readonly resourcePolicy?: string;
  readonly context?: Readonly<Record<string, string | string[]>>;
}

export async function judge(request: Request): Promise<"Allowed" | "ExplicitlyDenied" | "ImplicitlyDenied"> {
  const { principal, policy, action, resource, owner = account, resourcePolicy, context = {} } = request;
  const answer = await runSimulation(
    {
      request: {
        principal,
        action,
        resource: { resource, accountId: owner },
        contextVariables: { "aws:PrincipalArn": principal, ...context },
      },
      identityPolicies: policy === null ? [] : [{ name: "own", policy: JSON.parse(policy) }],
      serviceControlPolicies: [],
      resourceControlPolicies: [],
      ...(resourcePolicy === undefined ? {} : { resourcePolicy: JSON.parse(resourcePolicy) }),
    },
    {},
  );
  if (answer.resultType === "error") throw new Error(JSON.stringify(answer.errors));
  return answer.overallResult as "Allowed" | "ExplicitlyDenied" | "ImplicitlyDenied";
}

export function planOf(bucket: BucketName) {
  const found = [...aws.buckets, aws.logs].find(({ bucketName }) => bucketName === buckets[bucket]);
  if (found === undefined) throw new Error(`no bucket ${bucket}`);
  return found;
}

export function policyOf(identity: AwsIdentityName): string {
  const found = aws.identities.find((one) => one.identity === identity);
  if (found === undefined) throw new Error(`no identity ${identity}`);
  return found.policy;
}
