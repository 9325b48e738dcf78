import type { Resource } from "../../../policy/rule.ts";
import {
  awsBuckets,
  changed,
  denyDeletes,
  holdfastBucket,
  iamPolicy,
  resource,
  tlsOnly,
  type Value,
  withChanged,
  without,
  writerStatement,
} from "../builders.ts";
import type { Case } from "./case.ts";

const ours = [holdfastBucket()];
const aws = awsBuckets();

const broken = (path: string, value: Value): readonly Resource[] => [changed(holdfastBucket(), path, value)];
const brokenAws = (name: string, path: string, value: Value): readonly Resource[] =>
  withChanged(aws, name, (one) => changed(one, path, value));

const publicStatement = {
  Effect: "Allow",
  Principal: { AWS: "*" },
  Action: "s3:GetObject",
  Resource: "arn:aws:s3:::repository/*",
};
const policyWith = (...statements: readonly Value[]): string =>
  JSON.stringify({ ...denyDeletes, Statement: [...denyDeletes.Statement, ...statements] });

const protection: readonly Case[] = [
  { rule: "bucket-versioned", kind: "valid", what: "holdfast's", stack: ours },
  { rule: "bucket-versioned", kind: "valid", what: "AWS's", stack: aws },
  {
    rule: "bucket-versioned",
    kind: "extras",
    what: "MFA delete, and a companion of the older type",
    stack: withChanged(aws, "main-versioning", (one) => ({
      ...changed(one, "versioningConfiguration.mfaDelete", "Enabled"),
      type: "aws:s3/bucketVersioningV2:BucketVersioningV2",
    })),
  },
  {
    rule: "bucket-versioned",
    kind: "nearMiss",
    what: "suspended",
    stack: brokenAws("main-versioning", "versioningConfiguration.status", "Suspended"),
    says: "bucket acme-main has no versioning",
  },
  {
    rule: "bucket-versioned",
    kind: "nearMiss",
    what: "left out",
    stack: broken("versioning", undefined),
    says: "bucket acme-repository has no versioning",
  },
  { rule: "bucket-encrypted", kind: "valid", what: "a key of its own each", stack: aws },
  {
    rule: "bucket-encrypted",
    kind: "extras",
    what: "two layers of KMS",
    stack: brokenAws(
      "main-encryption",
      "rules.0.applyServerSideEncryptionByDefault.sseAlgorithm",
      "aws:kms:dsse",
    ),
  },
  {
    rule: "bucket-encrypted",
    kind: "nearMiss",
    what: "the store's own key instead of KMS",
    stack: brokenAws("main-encryption", "rules.0.applyServerSideEncryptionByDefault", {
      sseAlgorithm: "AES256",
    }),
    says: "AES256, not with a key in KMS",
  },
  {
    rule: "bucket-encrypted",
    kind: "nearMiss",
    what: "the account's key",
    stack: brokenAws(
      "main-encryption",
      "rules.0.applyServerSideEncryptionByDefault.kmsMasterKeyId",
      "alias/aws/s3",
    ),
    says: "account's shared key",
  },
  {
    rule: "bucket-encrypted",
    kind: "nearMiss",
    what: "another bucket's key",
    stack: brokenAws(
      "copy-encryption",
      "rules.0.applyServerSideEncryptionByDefault.kmsMasterKeyId",
      "arn:aws:kms:eu-central-1:111111111111:key/main",
    ),
    says: "bucket acme-copy shares its key with bucket acme-main",
  },
  {
    rule: "bucket-encrypted",
    kind: "nearMiss",
    what: "none",
    stack: broken("defaultEncryption", "none"),
    says: "is not encrypted by default",
  },
  { rule: "bucket-private", kind: "valid", what: "all four blocks", stack: aws },
  {
    rule: "bucket-private",
    kind: "extras",
    what: "open to anybody inside one network",
    stack: broken(
      "policy",
      policyWith({ ...publicStatement, Condition: { StringEquals: { "aws:SourceVpce": "vpce-1" } } }),
    ),
  },
  {
    rule: "bucket-private",
    kind: "nearMiss",
    what: "one block of four",
    stack: brokenAws("main-private", "restrictPublicBuckets", false),
    says: "does not set restrictPublicBuckets",
  },
  {
    rule: "bucket-private",
    kind: "nearMiss",
    what: "a policy for anybody",
    stack: broken("policy", policyWith(publicStatement)),
    says: "lets anybody in by its policy",
  },
  {
    rule: "bucket-private",
    kind: "nearMiss",
    what: "a public ACL",
    stack: brokenAws("main", "acl", "public-read"),
    says: "has the ACL public-read",
  },
  { rule: "bucket-tls-only", kind: "valid", what: "an https endpoint", stack: ours },
  {
    rule: "bucket-tls-only",
    kind: "extras",
    what: "more statements beside",
    stack: withChanged(aws, "main-policy", (one) =>
      changed(
        one,
        "policy",
        JSON.stringify({
          Statement: [...JSON.parse(tlsOnly("acme-main")).Statement, ...denyDeletes.Statement],
        }),
      ),
    ),
  },
  {
    rule: "bucket-tls-only",
    kind: "nearMiss",
    what: "the condition the other way round",
    stack: brokenAws("main-policy", "policy", tlsOnly("acme-main").replace('"false"', '"true"')),
    says: "no policy that denies requests without TLS",
  },
  {
    rule: "bucket-tls-only",
    kind: "nearMiss",
    what: "for the bucket and not for its objects",
    stack: brokenAws(
      "main-policy",
      "policy",
      tlsOnly("acme-main").replace(',"arn:aws:s3:::acme-main/*"', ""),
    ),
    says: "but not for its objects",
  },
  {
    rule: "bucket-tls-only",
    kind: "nearMiss",
    what: "an http endpoint",
    stack: [
      {
        ...holdfastBucket(),
        provider: { name: "third", urn: "u", props: { s3: { endpoint: "http://store.example" } } },
      },
    ],
    says: "is reached at http://store.example",
  },
  { rule: "bucket-locked", kind: "valid", what: "seven days", stack: [...ours, ...aws] },
  {
    rule: "bucket-locked",
    kind: "extras",
    what: "a bucket that is left alone for a reason",
    stack: [
      ...ours,
      changed(changed(holdfastBucket("control"), "objectLock", undefined), "lifecycle", undefined),
    ],
    settings: { except: { "*-control": "its lease is overwritten" } },
  },
  {
    rule: "bucket-locked",
    kind: "nearMiss",
    what: "no retention",
    stack: broken("objectLock", undefined),
    says: "no default retention",
  },
  {
    rule: "bucket-locked",
    kind: "nearMiss",
    what: "a retention on a bucket made without lock",
    stack: brokenAws("main", "objectLockEnabled", undefined),
    says: "objectLockEnabled is not set",
  },
  {
    rule: "bucket-locked",
    kind: "nearMiss",
    what: "another bucket is the one left alone",
    stack: broken("objectLock", undefined),
    settings: { except: { "*-control": "its lease is overwritten" } },
    says: "no default retention",
  },
];

const times: readonly Case[] = [
  { rule: "lock-covers-detection", kind: "valid", what: "exactly enough", stack: ours },
  {
    rule: "lock-covers-detection",
    kind: "extras",
    what: "a year",
    stack: withChanged(
      withChanged(aws, "main-lock", (one) =>
        changed(one, "rule.defaultRetention", { mode: "COMPLIANCE", years: 1 }),
      ),
      "main-lifecycle",
      (one) => changed(one, "rules.0.noncurrentVersionExpiration.noncurrentDays", 365),
    ),
  },
  {
    rule: "lock-covers-detection",
    kind: "nearMiss",
    what: "one day too few",
    stack: broken("objectLock.days", 6),
    says: "is locked for 6 days, less than the 2 of a full interval and the 5",
  },
  {
    rule: "lock-covers-detection",
    kind: "nearMiss",
    what: "a longer window to notice",
    stack: ours,
    settings: { detectionDays: 6 },
    says: "the 6 of the detection window",
  },
  {
    rule: "lock-within-retention",
    kind: "valid",
    what: "longer by a day",
    stack: ours,
    settings: { retentionDays: 8 },
  },
  {
    rule: "lock-within-retention",
    kind: "extras",
    what: "nothing is said of retention here",
    stack: [...ours, ...aws],
  },
  {
    rule: "lock-within-retention",
    kind: "nearMiss",
    what: "as long as the lock",
    stack: ours,
    settings: { retentionDays: 7 },
    says: "full backups expire after 7",
  },
  { rule: "noncurrent-outlives-lock", kind: "valid", what: "twice as long", stack: [...ours, ...aws] },
  {
    rule: "noncurrent-outlives-lock",
    kind: "extras",
    what: "a rule that is off, and one that keeps all",
    stack: withChanged(aws, "main-lifecycle", (one) =>
      changed(one, "rules", [
        { id: "old", status: "Disabled", noncurrentVersionExpiration: { noncurrentDays: 1 } },
        { id: "uploads", status: "Enabled", abortIncompleteMultipartUpload: { daysAfterInitiation: 1 } },
      ]),
    ),
  },
  {
    rule: "noncurrent-outlives-lock",
    kind: "nearMiss",
    what: "a day less than the lock",
    stack: broken("lifecycle.noncurrentDays", 6),
    says: "after 6 days (lifecycle), while they are locked for 7",
  },
  {
    rule: "noncurrent-outlives-lock",
    kind: "nearMiss",
    what: "as long as the detection window",
    stack: broken("lifecycle.noncurrentDays", 9),
    settings: { detectionDays: 9 },
    says: "within the detection window of 9",
  },
  {
    rule: "noncurrent-outlives-lock",
    kind: "nearMiss",
    what: "a second rule",
    stack: withChanged(aws, "main-lifecycle", (one) =>
      changed(one, "rules.1", {
        id: "wal",
        status: "Enabled",
        filter: { prefix: "archive/" },
        noncurrentVersionExpiration: { noncurrentDays: 3 },
      }),
    ),
    says: "after 3 days (wal)",
  },
  { rule: "no-age-expiry", kind: "valid", what: "old versions only", stack: aws },
  {
    rule: "no-age-expiry",
    kind: "extras",
    what: "delete markers, and logs below a prefix of their own",
    stack: withChanged(aws, "main-lifecycle", (one) =>
      changed(changed(one, "rules.0.expiration", { expiredObjectDeleteMarker: true }), "rules.1", {
        id: "logs",
        status: "Enabled",
        filter: { prefix: "logs/" },
        expiration: { days: 30 },
      }),
    ),
    settings: { otherPrefixes: ["logs/"] },
  },
  {
    rule: "no-age-expiry",
    kind: "nearMiss",
    what: "a prefix that only begins alike",
    stack: withChanged(aws, "main-lifecycle", (one) =>
      changed(one, "rules.1", {
        id: "tidy",
        status: "Enabled",
        filter: { prefix: "archive/" },
        expiration: { days: 400 },
      }),
    ),
    settings: { otherPrefixes: ["archive/logs/"] },
    says: "removes current objects below archive/ by age (tidy)",
  },
  {
    rule: "no-age-expiry",
    kind: "nearMiss",
    what: "everywhere",
    stack: brokenAws("main-lifecycle", "rules.0.expiration", { days: 3650 }),
    says: "anywhere in it",
  },
];

const replication = "rules.0.destination";
const elsewhere: readonly Case[] = [
  { rule: "replica-elsewhere", kind: "valid", what: "Dublin, another account", stack: aws },
  {
    rule: "replica-elsewhere",
    kind: "extras",
    what: "metrics and a storage class; a store that has no replication",
    stack: [
      ...ours,
      ...withChanged(aws, "main-replication", (one) =>
        changed(
          changed(one, `${replication}.metrics`, { status: "Enabled" }),
          `${replication}.storageClass`,
          "GLACIER_IR",
        ),
      ),
    ],
  },
  {
    rule: "replica-elsewhere",
    kind: "nearMiss",
    what: "switched off",
    stack: brokenAws("main-replication", "rules.0.status", "Disabled"),
    says: "has no replica",
  },
  {
    rule: "replica-elsewhere",
    kind: "nearMiss",
    what: "the same account",
    stack: brokenAws("main-replication", `${replication}.account`, "111111111111"),
    says: "same account 111111111111",
  },
  {
    rule: "replica-elsewhere",
    kind: "nearMiss",
    what: "objects stay the source's",
    stack: brokenAws("main-replication", `${replication}.accessControlTranslation`, undefined),
    says: "accessControlTranslation",
  },
  {
    rule: "replica-elsewhere",
    kind: "nearMiss",
    what: "the same region",
    stack: withChanged(aws, "copy", (one) => changed(one, "region", "eu-central-1")),
    says: "same region eu-central-1",
  },
  {
    rule: "replica-elsewhere",
    kind: "nearMiss",
    what: "no configuration",
    // Without it the copy is a bucket like any other, and has none either.
    stack: without(aws, "main-replication"),
    says: "bucket acme-main has no replica",
  },
];

const writers: readonly Case[] = [
  {
    rule: "writer-keeps-versions",
    kind: "valid",
    what: "put, get, abort",
    stack: [iamPolicy([writerStatement])],
  },
  {
    rule: "writer-keeps-versions",
    kind: "extras",
    what: "deletes of current objects, and of all in another's hands that may not write",
    stack: [
      iamPolicy([{ ...writerStatement, Action: [...writerStatement.Action, "s3:DeleteObject"] }]),
      {
        ...iamPolicy([
          { Effect: "Allow", Action: ["s3:DeleteObjectVersion", "s3:GetObject"], Resource: "*" },
        ]),
        name: "keeper",
      },
    ],
  },
  {
    rule: "writer-keeps-versions",
    kind: "extras",
    what: "all allowed, and what destroys denied again",
    stack: [
      iamPolicy([
        { Effect: "Allow", Action: "s3:*Object*", Resource: "*" },
        {
          Effect: "Deny",
          Action: ["s3:DeleteObjectVersion*", "s3:Bypass*", "s3:PutBucketObjectLockConfiguration"],
          Resource: "*",
        },
      ]),
    ],
  },
  {
    rule: "writer-keeps-versions",
    kind: "nearMiss",
    what: "a pattern that holds it",
    stack: [iamPolicy([{ ...writerStatement, Action: ["s3:PutObject", "s3:deleteobject*"] }])],
    says: "lets a writer do s3:DeleteObjectVersion",
  },
  {
    rule: "writer-keeps-versions",
    kind: "nearMiss",
    what: "the lifecycle by which versions go",
    stack: [
      iamPolicy([
        writerStatement,
        { Effect: "Allow", Action: "s3:PutLifecycleConfiguration", Resource: "*" },
      ]),
    ],
    says: "s3:PutLifecycleConfiguration",
  },
  {
    rule: "writer-keeps-versions",
    kind: "nearMiss",
    what: "all but reading",
    stack: [iamPolicy([{ Effect: "Allow", NotAction: "s3:GetObject", Resource: "*" }])],
    says: "s3:BypassGovernanceRetention",
  },
  {
    rule: "writer-keeps-versions",
    kind: "nearMiss",
    what: "a managed policy",
    stack: [
      resource("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "writer", {
        role: "writer",
        policyArn: "arn:aws:iam::aws:policy/AmazonS3FullAccess",
      }),
    ],
    says: "AmazonS3FullAccess",
  },
  {
    rule: "writer-keeps-versions",
    kind: "nearMiss",
    what: "a locked bucket whose policy denies nothing",
    stack: broken("policy", undefined),
    says: "denies nobody s3:DeleteObjectVersion",
  },
];

export const bucketCases: readonly Case[] = [...protection, ...times, ...elsewhere, ...writers];
