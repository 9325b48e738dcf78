// Stand-in for Pulumi's provider aws, on moto: the lab's alone.
import {
  type BucketVersioningStatus,
  DeleteBucketEncryptionCommand,
  DeleteBucketOwnershipControlsCommand,
  DeleteBucketPolicyCommand,
  DeletePublicAccessBlockCommand,
  GetBucketEncryptionCommand,
  GetBucketLoggingCommand,
  GetBucketOwnershipControlsCommand,
  GetBucketPolicyCommand,
  GetBucketVersioningCommand,
  GetPublicAccessBlockCommand,
  type ObjectOwnership,
  PutBucketEncryptionCommand,
  PutBucketLoggingCommand,
  PutBucketOwnershipControlsCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  PutPublicAccessBlockCommand,
} from "@aws-sdk/client-s3";
import { fromAws, toAws } from "../words.ts";
import { type BucketSetting, defineSetting } from "./setting.ts";

interface Versioning extends BucketSetting {
  readonly versioningConfiguration: { readonly status: string };
}

export const bucketVersioning = defineSetting<Versioning>({
  token: "aws:s3/bucketVersioning:BucketVersioning",
  actsOn: ["versioningConfiguration"],
  async put(s3, { bucket, versioningConfiguration: { status } }) {
    // "Disabled" is what a bucket is that never had versions; there is no call that makes it so.
    if (status === "Disabled") return;
    const VersioningConfiguration = { Status: status as BucketVersioningStatus };
    await s3.send(new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration }));
  },
  async get(s3, Bucket) {
    const { Status = "Disabled" } = await s3.send(new GetBucketVersioningCommand({ Bucket }));
    return { versioningConfiguration: { status: Status } };
  },
  async remove(s3, Bucket, { versioningConfiguration: { status } }) {
    if (status !== "Enabled") return;
    try {
      const VersioningConfiguration = { Status: "Suspended" } as const;
      await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }));
    } catch (error) {
      // A bucket with object lock keeps its versions for ever; the resource only leaves the state.
      if (!(error instanceof Error) || error.name !== "InvalidBucketState") throw error;
    }
  },
});

interface Encryption extends BucketSetting {
  readonly rules: readonly object[];
}

export const bucketEncryption = defineSetting<Encryption>({
  token: "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
  actsOn: ["rules"],
  put: (s3, { bucket, rules }) =>
    s3.send(
      new PutBucketEncryptionCommand({
        Bucket: bucket,
        ServerSideEncryptionConfiguration: { Rules: toAws(rules) },
      }),
    ),
  async get(s3, Bucket) {
    const answer = await s3.send(new GetBucketEncryptionCommand({ Bucket }));
    return { rules: fromAws(answer.ServerSideEncryptionConfiguration?.Rules ?? []) as readonly object[] };
  },
  remove: (s3, Bucket) => s3.send(new DeleteBucketEncryptionCommand({ Bucket })),
});

interface PublicAccessBlock extends BucketSetting {
  readonly blockPublicAcls?: boolean;
  readonly blockPublicPolicy?: boolean;
  readonly ignorePublicAcls?: boolean;
  readonly restrictPublicBuckets?: boolean;
}

export const bucketPublicAccessBlock = defineSetting<PublicAccessBlock>({
  token: "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
  actsOn: ["blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"],
  put: (s3, inputs) =>
    s3.send(
      new PutPublicAccessBlockCommand({
        Bucket: inputs.bucket,
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: inputs.blockPublicAcls ?? false,
          BlockPublicPolicy: inputs.blockPublicPolicy ?? false,
          IgnorePublicAcls: inputs.ignorePublicAcls ?? false,
          RestrictPublicBuckets: inputs.restrictPublicBuckets ?? false,
        },
      }),
    ),
  async get(s3, Bucket) {
    const answer = await s3.send(new GetPublicAccessBlockCommand({ Bucket }));
    return fromAws(answer.PublicAccessBlockConfiguration ?? {}) as Partial<PublicAccessBlock>;
  },
  remove: (s3, Bucket) => s3.send(new DeletePublicAccessBlockCommand({ Bucket })),
});

interface Ownership extends BucketSetting {
  readonly rule: { readonly objectOwnership: string };
}

export const bucketOwnershipControls = defineSetting<Ownership>({
  token: "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
  actsOn: ["rule"],
  put: (s3, { bucket, rule }) =>
    s3.send(
      new PutBucketOwnershipControlsCommand({
        Bucket: bucket,
        OwnershipControls: { Rules: [{ ObjectOwnership: rule.objectOwnership as ObjectOwnership }] },
      }),
    ),
  async get(s3, Bucket) {
    const answer = await s3.send(new GetBucketOwnershipControlsCommand({ Bucket }));
    const objectOwnership = answer.OwnershipControls?.Rules?.[0]?.ObjectOwnership;
    return objectOwnership === undefined ? undefined : { rule: { objectOwnership } };
  },
  remove: (s3, Bucket) => s3.send(new DeleteBucketOwnershipControlsCommand({ Bucket })),
});

interface Policy extends BucketSetting {
  readonly policy: string;
}

export const bucketPolicy = defineSetting<Policy>({
  token: "aws:s3/bucketPolicy:BucketPolicy",
  actsOn: ["policy"],
  put: (s3, { bucket, policy }) => s3.send(new PutBucketPolicyCommand({ Bucket: bucket, Policy: policy })),
  async get(s3, Bucket) {
    const { Policy } = await s3.send(new GetBucketPolicyCommand({ Bucket }));
    return Policy === undefined ? undefined : { policy: Policy };
  },
  remove: (s3, Bucket) => s3.send(new DeleteBucketPolicyCommand({ Bucket })),
});

interface Logging extends BucketSetting {
  readonly targetBucket: string;
  readonly targetPrefix: string;
  readonly targetObjectKeyFormat?: object;
}

export const bucketLogging = defineSetting<Logging>({
  token: "aws:s3/bucketLogging:BucketLogging",
  actsOn: ["targetBucket", "targetPrefix", "targetObjectKeyFormat"],
  put: (s3, { bucket, targetBucket, targetPrefix, targetObjectKeyFormat }) =>
    s3.send(
      new PutBucketLoggingCommand({
        Bucket: bucket,
        BucketLoggingStatus: {
          LoggingEnabled: {
            TargetBucket: targetBucket,
            TargetPrefix: targetPrefix,
            ...(targetObjectKeyFormat === undefined
              ? {}
              : { TargetObjectKeyFormat: toAws(targetObjectKeyFormat) }),
          },
        },
      }),
    ),
  async get(s3, Bucket) {
    const { LoggingEnabled: found } = await s3.send(new GetBucketLoggingCommand({ Bucket }));
    if (found === undefined) return undefined;
    const { TargetBucket = "", TargetPrefix = "", TargetObjectKeyFormat: format } = found;
    return {
      targetBucket: TargetBucket,
      targetPrefix: TargetPrefix,
      ...(format === undefined ? {} : { targetObjectKeyFormat: fromAws(format) as object }),
    };
  },
  remove: (s3, Bucket) => s3.send(new PutBucketLoggingCommand({ Bucket, BucketLoggingStatus: {} })),
});
