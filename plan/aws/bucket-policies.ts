import { document, type Statement } from "./documents.ts";
import { type AwsFacts, bucketArn, everyIdentity, identityArns } from "./names.ts";

/** Less than this is no TLS any more: RFC 8996. */
const leastTls = "1.2";

/**
 * Settings whose change shortens the life of a version or hides what is done to it, by the S3 API's action names.
 * Denied to every identity of ours, on top of having been granted to none: a policy attached by mistake grants nothing.
 */
const settingActions = [
  "s3:DeleteBucket",
  "s3:DeleteBucketPolicy",
  "s3:PutBucketAcl",
  "s3:PutBucketLogging",
  "s3:PutBucketObjectLockConfiguration",
  "s3:PutBucketOwnershipControls",
  "s3:PutBucketPolicy",
  "s3:PutBucketPublicAccessBlock",
  "s3:PutBucketVersioning",
  "s3:PutEncryptionConfiguration",
  "s3:PutLifecycleConfiguration",
  "s3:PutReplicationConfiguration",
];

/** TLS only: for every bucket, log bucket included. */
export function tlsOnly(facts: AwsFacts, bucket: string): readonly Statement[] {
  const arn = bucketArn(facts, bucket);
  const all = { Effect: "Deny", Principal: "*", Action: "s3:*", Resource: [arn, `${arn}/*`] } as const;
  return [
    { Sid: "TlsOnly", ...all, Condition: { Bool: { "aws:SecureTransport": "false" } } },
    { Sid: "NoOldTls", ...all, Condition: { NumericLessThan: { "s3:TlsVersion": leastTls } } },
  ];
}

function settingsStay(facts: AwsFacts, bucket: string): Statement {
  return {
    Sid: "IdentitiesKeepSettings",
    Effect: "Deny",
    Principal: "*",
    Action: settingActions,
    Resource: bucketArn(facts, bucket),
    Condition: { ArnLike: { "aws:PrincipalArn": everyIdentity(facts) } },
  };
}

/** Epoch and lease: overwritten by those who may, over TLS. */
export function controlPolicy(facts: AwsFacts, bucket: string): string {
  return document([...tlsOnly(facts, bucket), settingsStay(facts, bucket)]);
}

/**
 * A bucket that has to survive an attack. Versions are deleted by nobody but the keeper, and by nobody while they are
 * locked; retention is the bucket's default and nobody's to set. The lifecycle is S3's own and asks no policy.
 */
export function lockedPolicy(facts: AwsFacts, bucket: string): string {
  const arn = bucketArn(facts, bucket);
  return document([
    ...tlsOnly(facts, bucket),
    {
      Sid: "KeeperAloneDeletesVersions",
      Effect: "Deny",
      Principal: "*",
      Action: ["s3:DeleteObjectVersion"],
      Resource: `${arn}/*`,
      Condition: { ArnNotLike: { "aws:PrincipalArn": identityArns(facts, "keeper") } },
    },
    {
      Sid: "RetentionIsTheBuckets",
      Effect: "Deny",
      Principal: "*",
      Action: ["s3:BypassGovernanceRetention", "s3:PutObjectLegalHold", "s3:PutObjectRetention"],
      Resource: `${arn}/*`,
    },
    {
      Sid: "NoOtherEncryption",
      Effect: "Deny",
      Principal: "*",
      Action: ["s3:PutObject"],
      Resource: `${arn}/*`,
      Condition: {
        Null: { "s3:x-amz-server-side-encryption": "false" },
        StringNotEquals: { "s3:x-amz-server-side-encryption": "aws:kms" },
      },
    },
    settingsStay(facts, bucket),
  ]);
}

/** The replica, which its own account owns and the source's replication role alone writes. */
export function replicaPolicy(
  facts: AwsFacts,
  bucket: string,
  source: { readonly accountArn: string; readonly roleArn: string },
): string {
  const arn = bucketArn(facts, bucket);
  const from = {
    Principal: { AWS: source.accountArn },
    Condition: { ArnEquals: { "aws:PrincipalArn": source.roleArn } },
  };
  return document([
    ...tlsOnly(facts, bucket),
    {
      Sid: "SourceReplicates",
      Effect: "Allow",
      ...from,
      Action: [
        "s3:ObjectOwnerOverrideToBucketOwner",
        "s3:ReplicateDelete",
        "s3:ReplicateObject",
        "s3:ReplicateTags",
      ],
      Resource: `${arn}/*`,
    },
    {
      Sid: "SourceLooks",
      Effect: "Allow",
      ...from,
      Action: ["s3:GetBucketVersioning", "s3:ListBucket"],
      Resource: arn,
    },
    {
      Sid: "NobodyDeletesVersions",
      Effect: "Deny",
      Principal: "*",
      Action: [
        "s3:BypassGovernanceRetention",
        "s3:DeleteObjectVersion",
        "s3:PutObjectLegalHold",
        "s3:PutObjectRetention",
      ],
      Resource: `${arn}/*`,
    },
  ]);
}

/** Log delivery is a service of Amazon's: it writes for the buckets of this account, and for no other's. */
export function logsPolicy(facts: AwsFacts, bucket: string, sources: readonly string[]): string {
  return document([
    ...tlsOnly(facts, bucket),
    {
      Sid: "LogDelivery",
      Effect: "Allow",
      Principal: { Service: "logging.s3.amazonaws.com" },
      Action: ["s3:PutObject"],
      Resource: `${bucketArn(facts, bucket)}/*`,
      Condition: {
        ArnLike: { "aws:SourceArn": sources.map((source) => bucketArn(facts, source)) },
        StringEquals: { "aws:SourceAccount": facts.accountId },
      },
    },
    settingsStay(facts, bucket),
  ]);
}
