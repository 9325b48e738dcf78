import type { PlainMap } from "../../../provider/server/value.ts";
import type { Account } from "../support/aws-account.ts";
import { fresh, type Lives, policyOf } from "./life.ts";

/** A bucket with versions, as most of a bucket's other settings ask for. */
export async function versioned(aws: Account, name: string, lock = true): Promise<string> {
  await aws.create("aws:s3/bucket:Bucket", { bucket: name, objectLockEnabled: lock });
  await aws.create("aws:s3/bucketVersioning:BucketVersioning", {
    bucket: name,
    versioningConfiguration: { status: "Enabled" },
  });
  return name;
}

export const replicationTo = (bucket: string, minutes: number): PlainMap => ({
  id: "all",
  status: "Enabled",
  priority: 1,
  filter: { prefix: "" },
  deleteMarkerReplication: { status: "Enabled" },
  sourceSelectionCriteria: { sseKmsEncryptedObjects: { status: "Enabled" } },
  destination: {
    bucket: `arn:aws:s3:::${bucket}`,
    account: "210987654321",
    accessControlTranslation: { owner: "Destination" },
    encryptionConfiguration: { replicaKmsKeyId: "arn:aws:kms:eu-west-1:210987654321:key/k" },
    metrics: { status: "Enabled", eventThreshold: { minutes } },
    replicationTime: { status: "Enabled", time: { minutes } },
  },
});
const lifecycle = (noncurrentDays: number): PlainMap => ({
  id: "old-versions",
  status: "Enabled",
  filter: { prefix: "" },
  noncurrentVersionExpiration: { noncurrentDays },
  abortIncompleteMultipartUpload: { daysAfterInitiation: 2 },
  expiration: { expiredObjectDeleteMarker: true },
});

export const s3Lives: Lives = [
  [
    "s3.Bucket",
    async () => ({
      type: "aws:s3/bucket:Bucket",
      inputs: { bucket: fresh("plain"), objectLockEnabled: true, tags: { a: "1" } },
      changed: { tags: { a: "2" } },
      shows: ["tags.a", "tagsAll.a"],
      replaces: { bucket: "other" },
      replacing: "bucket replaces",
      notImported: ["forceDestroy"],
    }),
  ],
  [
    "s3.BucketVersioning",
    async (aws) => {
      const bucket = fresh("versioning");
      await aws.create("aws:s3/bucket:Bucket", { bucket });
      return {
        type: "aws:s3/bucketVersioning:BucketVersioning",
        inputs: { bucket, versioningConfiguration: { status: "Enabled" } },
        changed: { versioningConfiguration: { status: "Suspended" } },
        shows: ["versioningConfiguration.status"],
        replaces: { bucket: "other" },
        replacing: "bucket replaces",
      };
    },
  ],
  [
    "s3.BucketObjectLockConfiguration",
    async (aws) => ({
      type: "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration",
      inputs: {
        bucket: await versioned(aws, fresh("lock")),
        rule: { defaultRetention: { mode: "COMPLIANCE", days: 7 } },
      },
      changed: { rule: { defaultRetention: { mode: "COMPLIANCE", days: 8 } } },
      shows: ["rule.defaultRetention.days"],
      replaces: { bucket: "other" },
      replacing: "bucket replaces",
    }),
  ],
  [
    "s3.BucketServerSideEncryptionConfiguration",
    async (aws) => ({
      type: "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
      inputs: {
        bucket: await versioned(aws, fresh("encryption")),
        rules: [
          {
            applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms", kmsMasterKeyId: "key" },
            bucketKeyEnabled: true,
          },
        ],
      },
      changed: { rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } }] },
      shows: [
        "rules[0].applyServerSideEncryptionByDefault.sseAlgorithm",
        "rules[0].applyServerSideEncryptionByDefault.kmsMasterKeyId",
        "rules[0].bucketKeyEnabled",
      ],
      replaces: { bucket: "other" },
      replacing: "bucket replaces",
    }),
  ],
  [
    "s3.BucketPublicAccessBlock",
    async (aws) => ({
      type: "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
      inputs: {
        bucket: await versioned(aws, fresh("private")),
        blockPublicAcls: true,
        blockPublicPolicy: true,
        ignorePublicAcls: true,
        restrictPublicBuckets: true,
      },
      changed: { restrictPublicBuckets: false },
      shows: ["restrictPublicBuckets"],
      replaces: { bucket: "other" },
      replacing: "bucket replaces",
    }),
  ],
  [
    "s3.BucketOwnershipControls",
    async (aws) => ({
      type: "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
      inputs: {
        bucket: await versioned(aws, fresh("owned")),
        rule: { objectOwnership: "BucketOwnerEnforced" },
      },
      changed: { rule: { objectOwnership: "BucketOwnerPreferred" } },
      shows: ["rule.objectOwnership"],
      replaces: { bucket: "other" },
      replacing: "bucket replaces",
    }),
  ],
  [
    "s3.BucketPolicy",
    async (aws) => ({
      type: "aws:s3/bucketPolicy:BucketPolicy",
      inputs: { bucket: await versioned(aws, fresh("policy")), policy: policyOf("s3:GetObject") },
      changed: { policy: policyOf("s3:PutObject") },
      shows: ["policy"],
      replaces: { bucket: "other" },
      replacing: "bucket replaces",
    }),
  ],
  [
    "s3.BucketLifecycleConfiguration",
    async (aws) => ({
      type: "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
      inputs: { bucket: await versioned(aws, fresh("lifecycle")), rules: [lifecycle(30)] },
      changed: { rules: [lifecycle(31)] },
      shows: ["rules[0].noncurrentVersionExpiration.noncurrentDays"],
      replaces: { bucket: "other" },
      replacing: "bucket replaces",
    }),
  ],
  [
    "s3.BucketLogging",
    async (aws) => {
      const targetBucket = await versioned(aws, fresh("logs"), false);
      const policy = JSON.stringify({
        Version: "2012-10-17",
        Statement: [
          {
            Effect: "Allow",
            Principal: { Service: "logging.s3.amazonaws.com" },
            Action: "s3:PutObject",
            Resource: `arn:aws:s3:::${targetBucket}/*`,
          },
        ],
      });
      await aws.create("aws:s3/bucketPolicy:BucketPolicy", { bucket: targetBucket, policy });
      return {
        type: "aws:s3/bucketLogging:BucketLogging",
        inputs: { bucket: await versioned(aws, fresh("logged")), targetBucket, targetPrefix: "a/" },
        changed: { targetPrefix: "b/" },
        shows: ["targetPrefix"],
        replaces: { bucket: "other" },
        replacing: "bucket replaces",
      };
    },
  ],
  [
    "s3.BucketReplicationConfig",
    async (aws) => {
      const target = await versioned(aws, fresh("replica"));
      return {
        type: "aws:s3/bucketReplicationConfig:BucketReplicationConfig",
        inputs: {
          bucket: await versioned(aws, fresh("replicated")),
          role: "arn:aws:iam::123456789012:role/replication",
          rules: [replicationTo(target, 15)],
        },
        changed: { rules: [replicationTo(target, 16)] },
        shows: [
          "rules[0].destination.metrics.eventThreshold.minutes",
          "rules[0].destination.replicationTime.time.minutes",
        ],
        replaces: { bucket: "other" },
        replacing: "bucket replaces",
      };
    },
  ],
];
