// Stand-in for Pulumi's provider aws, on moto: the lab's alone.
import {
  DeleteBucketLifecycleCommand,
  DeleteBucketReplicationCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketReplicationCommand,
  GetObjectLockConfigurationCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketReplicationCommand,
  PutObjectLockConfigurationCommand,
} from "@aws-sdk/client-s3";
import { fromAws, toAws } from "../words.ts";
import { type BucketSetting, defineSetting } from "./setting.ts";

interface Rules extends BucketSetting {
  readonly rules: readonly object[];
}

export const bucketLifecycle = defineSetting<Rules>({
  token: "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
  actsOn: ["rules"],
  put: (s3, { bucket, rules }) =>
    s3.send(
      new PutBucketLifecycleConfigurationCommand({
        Bucket: bucket,
        LifecycleConfiguration: { Rules: toAws(rules.map(withFilter)) },
      }),
    ),
  async get(s3, Bucket) {
    const { Rules } = await s3.send(new GetBucketLifecycleConfigurationCommand({ Bucket }));
    return Rules === undefined ? undefined : { rules: fromAws(Rules) as readonly object[] };
  },
  remove: (s3, Bucket) => s3.send(new DeleteBucketLifecycleCommand({ Bucket })),
});

/** AWS asks for a filter or a prefix in every rule; the real provider sends an empty one. */
function withFilter(rule: object): object {
  return "filter" in rule || "prefix" in rule ? rule : { ...rule, filter: { prefix: "" } };
}

interface Replication extends Rules {
  readonly role: string;
}

export const bucketReplication = defineSetting<Replication>({
  token: "aws:s3/bucketReplicationConfig:BucketReplicationConfig",
  actsOn: ["role", "rules"],
  put: (s3, { bucket, role, rules }) =>
    s3.send(
      new PutBucketReplicationCommand({
        Bucket: bucket,
        ReplicationConfiguration: { Role: role, Rules: toAws(rules) },
      }),
    ),
  async get(s3, Bucket) {
    const { ReplicationConfiguration: found } = await s3.send(new GetBucketReplicationCommand({ Bucket }));
    if (found === undefined) return undefined;
    return { role: found.Role ?? "", rules: fromAws(found.Rules ?? []) as readonly object[] };
  },
  remove: (s3, Bucket) => s3.send(new DeleteBucketReplicationCommand({ Bucket })),
});

interface ObjectLock extends BucketSetting {
  readonly objectLockEnabled?: string;
  readonly rule?: object;
}

export const bucketObjectLock = defineSetting<ObjectLock>({
  token: "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration",
  actsOn: ["objectLockEnabled", "rule"],
  defaults: { objectLockEnabled: "Enabled" },
  put: (s3, { bucket, rule }) =>
    s3.send(
      new PutObjectLockConfigurationCommand({
        Bucket: bucket,
        ObjectLockConfiguration: {
          ObjectLockEnabled: "Enabled",
          ...(rule === undefined ? {} : { Rule: toAws(rule) }),
        },
      }),
    ),
  async get(s3, Bucket) {
    const { ObjectLockConfiguration: found } = await s3.send(
      new GetObjectLockConfigurationCommand({ Bucket }),
    );
    // A bucket made for locks has this much by itself; without a rule there is nothing of ours.
    if (found?.Rule === undefined) return undefined;
    const { Mode: mode, Days: days, Years: years } = found.Rule.DefaultRetention ?? {};
    // Days or years; the other one comes back as 0.
    const period = days ? { days } : { years };
    return {
      objectLockEnabled: found.ObjectLockEnabled ?? "",
      rule: { defaultRetention: { mode, ...period } },
    };
  },
  // The lock of a bucket never goes; only the retention that new objects get by default.
  remove: (s3, Bucket) =>
    s3.send(
      new PutObjectLockConfigurationCommand({
        Bucket,
        ObjectLockConfiguration: { ObjectLockEnabled: "Enabled" },
      }),
    ),
});
