import { Alias } from "@pulumi/aws/kms/alias.js";
import { Key } from "@pulumi/aws/kms/key.js";
import { BucketReplicationConfig } from "@pulumi/aws/s3/bucketReplicationConfig.js";
import { ComponentResource, type ComponentResourceOptions, type ProviderResource } from "@pulumi/pulumi";
import type { AwsBucketPlan, AwsKeyPlan, AwsStoragePlan } from "../../plan/aws/types.ts";
import { childOpts } from "../child-opts.ts";
import { AwsBucket } from "./aws-bucket.ts";
import { AwsIdentities, makeReplicationRole } from "./aws-identities.ts";

export interface AwsStorageArgs {
  readonly plan: AwsStoragePlan;
  /** Of the replica's region and account. */
  readonly replica: ProviderResource;
}

/** The third place at Amazon's, implementation `aws`: its buckets with a key, a copy elsewhere, and who may do what. */
export class AwsStorage extends ComponentResource {
  constructor(name: string, args: AwsStorageArgs, opts: ComponentResourceOptions) {
    super("holdfast:storage:AwsStorage", name, {}, opts);
    const { plan, replica } = args;
    const key = this.makeKey(plan.key);
    const logs = this.makeBucket(plan.logs, key);
    const buckets = new Map(
      plan.buckets.map((bucket) => [bucket.logicalName, this.makeBucket(bucket, key, logs)]),
    );
    const replicaKey = this.makeKey(plan.replica.key, replica);
    this.makeReplication(args, buckets, replicaKey);
    new AwsIdentities("identities", { plan: plan.identities }, { parent: this });
    this.registerOutputs({});
  }

  private makeKey(plan: AwsKeyPlan, provider?: ProviderResource): Key {
    const options = childOpts(this, { keeping: plan, ...(provider === undefined ? {} : { provider }) });
    const key = new Key(
      plan.logicalName,
      {
        description: plan.description,
        policy: plan.policy,
        enableKeyRotation: true,
        deletionWindowInDays: plan.deletionDays,
      },
      options,
    );
    new Alias(`${plan.logicalName}-alias`, { name: plan.alias, targetKeyId: key.keyId }, options);
    return key;
  }

  private makeBucket(
    plan: AwsBucketPlan,
    key: Key,
    logs?: AwsBucket,
    provider?: ProviderResource,
  ): AwsBucket {
    return new AwsBucket(
      plan.logicalName,
      {
        plan,
        keyArn: key.arn,
        ...(logs === undefined ? {} : { logs }),
        ...(provider === undefined ? {} : { provider }),
      },
      { parent: this },
    );
  }

  private makeReplication(
    { plan, replica: provider }: AwsStorageArgs,
    buckets: ReadonlyMap<string, AwsBucket>,
    key: Key,
  ): void {
    const { replica } = plan;
    const role = makeReplicationRole(this, replica.role);
    for (const { source: sourceName, destination: to } of replica.pairs) {
      const source = buckets.get(sourceName);
      if (source === undefined) throw new Error(`the plan copies ${sourceName}, and has no such bucket`);
      const destination = this.makeBucket(to, key, undefined, provider);
      new BucketReplicationConfig(
        `${sourceName}-replication`,
        {
          bucket: source.bucketName,
          role: role.arn,
          rules: [
            {
              id: "everything",
              status: "Enabled",
              priority: 1,
              filter: { prefix: "" },
              // Markers too: a copy that never forgets grows for ever, and the versions beneath stay for noncurrentDays.
              deleteMarkerReplication: { status: "Enabled" },
              sourceSelectionCriteria: { sseKmsEncryptedObjects: { status: "Enabled" } },
              destination: {
                bucket: destination.arn,
                encryptionConfiguration: { replicaKmsKeyId: key.arn },
                // The copy is its own account's: the source's cannot take it back.
                ...(replica.otherAccount
                  ? { account: replica.accountId, accessControlTranslation: { owner: "Destination" } }
                  : {}),
                ...(replica.timeControl
                  ? {
                      metrics: { status: "Enabled", eventThreshold: { minutes: 15 } },
                      replicationTime: { status: "Enabled", time: { minutes: 15 } },
                    }
                  : {}),
              },
            },
          ],
        },
        // Refused while either side has no versions, and useless while the other side does not let the role in.
        childOpts(this, {
          keeping: to,
          dependsOn: [...source.versions, ...destination.versions, destination.policy, role.policy],
        }),
      );
    }
  }
}
