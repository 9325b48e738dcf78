import type { OffsiteConfig } from "../../config/index.ts";
import { controlPolicy, lockedPolicy, logsPolicy, replicaPolicy } from "./bucket-policies.ts";
import { document } from "./documents.ts";
import { planIdentities } from "./identities.ts";
import { keyPolicy, replicaKeyPolicy } from "./key-policies.ts";
import {
  type AwsFacts,
  accountArn,
  anyKeyArn,
  bucketArn,
  identityName,
  keyAlias,
  replicationRoleArn,
} from "./names.ts";
import type { AwsBucketPlan, AwsReplicaPlan, AwsStoragePlan } from "./types.ts";

type AwsOffsite = Extract<OffsiteConfig["offsite"], { readonly implementation: "aws" }>;

const secondsInDay = 86_400;

/** Everything of the third place at Amazon's. */
export function planAwsStorage(offsite: AwsOffsite): AwsStoragePlan {
  const facts: AwsFacts = offsite;
  const keeping = { protect: offsite.protect, retainOnDelete: offsite.protect };
  const locked = lockedBuckets(facts, offsite);
  const control: AwsBucketPlan = {
    logicalName: "control",
    bucketName: offsite.controlBucket,
    // No lock and no versions: a conditional write is the whole of what is asked of it (ADR 13).
    versioning: false,
    objectLock: null,
    encryption: "key",
    policy: controlPolicy(facts, offsite.controlBucket),
    lifecycle: { noncurrentDays: null, abortIncompleteUploadDays: abortDays(offsite), expireDays: null },
    logPrefix: "control/",
    ...keeping,
  };
  const buckets = [...locked, control];
  return {
    key: {
      logicalName: "offsite-key",
      description: "holdfast's third place: repository, records, documents, control",
      alias: keyAlias(facts, "offsite"),
      policy: keyPolicy(facts, offsite.kms.administrators),
      deletionDays: offsite.kms.deletionDays,
      ...keeping,
    },
    logs: {
      logicalName: "logs",
      bucketName: offsite.logging.bucket,
      versioning: true,
      objectLock: null,
      encryption: "service",
      policy: logsPolicy(
        facts,
        offsite.logging.bucket,
        buckets.map(({ bucketName }) => bucketName),
      ),
      lifecycle: {
        noncurrentDays: offsite.noncurrentDays,
        abortIncompleteUploadDays: abortDays(offsite),
        expireDays: offsite.logging.keepDays,
      },
      logPrefix: null,
      ...keeping,
    },
    buckets,
    replica: planReplica(facts, offsite, locked),
    identities: planIdentities(facts, offsite),
  };
}

function lockedBuckets(facts: AwsFacts, offsite: AwsOffsite): readonly AwsBucketPlan[] {
  const names = {
    repository: offsite.bucket,
    records: offsite.recordsBucket,
    documents: offsite.documentsBucket,
  };
  return Object.entries(names).map(([logicalName, bucketName]) => ({
    logicalName,
    bucketName,
    versioning: true,
    objectLock: { mode: offsite.lock.mode, days: offsite.lock.days },
    encryption: "key",
    policy: lockedPolicy(facts, bucketName),
    lifecycle: {
      noncurrentDays: offsite.noncurrentDays,
      abortIncompleteUploadDays: abortDays(offsite),
      expireDays: null,
    },
    logPrefix: `${logicalName}/`,
    protect: offsite.protect,
    retainOnDelete: offsite.protect,
  }));
}

function abortDays({ abortUploadsAfter }: AwsOffsite): number {
  return Math.ceil(abortUploadsAfter / secondsInDay);
}

/** Epoch and lease are not copied: a copy that lags would name an owner of yesterday. */
function planReplica(facts: AwsFacts, offsite: AwsOffsite, locked: readonly AwsBucketPlan[]): AwsReplicaPlan {
  const { replica } = offsite;
  const there: AwsFacts = { ...facts, accountId: replica.accountId, region: replica.region };
  const source = { accountArn: accountArn(facts), roleArn: replicationRoleArn(facts) };
  const pairs = locked.map((bucket) => {
    const bucketName = `${bucket.bucketName}${replica.suffix}`;
    return {
      source: bucket.logicalName,
      destination: {
        ...bucket,
        logicalName: `${bucket.logicalName}-replica`,
        bucketName,
        policy: replicaPolicy(there, bucketName, source),
        logPrefix: null,
      },
    };
  });
  return {
    accountId: replica.accountId,
    otherAccount: replica.accountId !== facts.accountId,
    timeControl: replica.timeControl,
    key: {
      logicalName: "replica-key",
      description: "holdfast's third place, the copy of another region and account",
      alias: keyAlias(facts, "replica"),
      policy: replicaKeyPolicy(there, replica.administrators, source),
      deletionDays: offsite.kms.deletionDays,
      protect: offsite.protect,
      retainOnDelete: offsite.protect,
    },
    pairs,
    role: {
      name: identityName(facts, "replication"),
      trust: replicationTrust(facts),
      policy: replicationPolicy(facts, there, pairs, locked),
    },
  };
}

/** The service, for this account's buckets: a bucket of another account cannot make it copy for itself. */
function replicationTrust(facts: AwsFacts): string {
  return document([
    {
      Sid: "Replication",
      Effect: "Allow",
      Principal: { Service: "s3.amazonaws.com" },
      Action: "sts:AssumeRole",
      Condition: { StringEquals: { "aws:SourceAccount": facts.accountId } },
    },
  ]);
}

/** Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/setting-repl-config-perm-overview.html, and its page on KMS. */
function replicationPolicy(
  facts: AwsFacts,
  there: AwsFacts,
  pairs: AwsReplicaPlan["pairs"],
  locked: readonly AwsBucketPlan[],
): string {
  const sources = locked.map(({ bucketName }) => bucketArn(facts, bucketName));
  const destinations = pairs.map(({ destination }) => bucketArn(there, destination.bucketName));
  return document([
    {
      Sid: "Source",
      Effect: "Allow",
      Action: ["s3:GetReplicationConfiguration", "s3:ListBucket"],
      Resource: sources,
    },
    {
      Sid: "SourceObjects",
      Effect: "Allow",
      Action: [
        "s3:GetObjectLegalHold",
        "s3:GetObjectRetention",
        "s3:GetObjectVersionAcl",
        "s3:GetObjectVersionForReplication",
        "s3:GetObjectVersionTagging",
      ],
      Resource: sources.map((arn) => `${arn}/*`),
    },
    {
      Sid: "Destination",
      Effect: "Allow",
      Action: [
        "s3:ObjectOwnerOverrideToBucketOwner",
        "s3:ReplicateDelete",
        "s3:ReplicateObject",
        "s3:ReplicateTags",
      ],
      Resource: destinations.map((arn) => `${arn}/*`),
    },
    {
      Sid: "SourceKey",
      Effect: "Allow",
      Action: ["kms:Decrypt"],
      Resource: anyKeyArn(facts),
      Condition: {
        "ForAnyValue:StringEquals": { "kms:ResourceAliases": keyAlias(facts, "offsite") },
        StringEquals: { "kms:ViaService": `s3.${facts.region}.amazonaws.com` },
      },
    },
    {
      Sid: "DestinationKey",
      Effect: "Allow",
      Action: ["kms:Encrypt", "kms:GenerateDataKey"],
      Resource: anyKeyArn(there),
      Condition: { StringEquals: { "kms:ViaService": `s3.${there.region}.amazonaws.com` } },
    },
  ]);
}
