import type { OffsiteConfig } from "../../config/index.ts";
import type { IdentityRights } from "../identity-rights.ts";
import { document, type Statement } from "./documents.ts";
import { type AwsFacts, bucketArn, identityName, keyAlias } from "./names.ts";
import type { AwsStoragePlan } from "./types.ts";

type AwsOffsite = Extract<OffsiteConfig["offsite"], { readonly implementation: "aws" }>;

/**
 * Who runs `pulumi up` of offsite makes and changes settings, and sees no object: what it makes, it cannot read.
 * A bucket is deleted by nobody with this; that is a person's with another right, once `protect` is off.
 */
export function planDeployer(offsite: AwsOffsite, plan: AwsStoragePlan): IdentityRights {
  const facts: AwsFacts = offsite;
  const names = [...plan.buckets, plan.logs].map(({ bucketName }) => bucketName);
  const iam = (kind: string) =>
    `arn:${facts.partition}:iam::${facts.accountId}:${kind}/${identityName(facts, "*")}`;
  return {
    name: "deployer",
    heldBy: "who runs pulumi up of offsite",
    purpose: "makes buckets, keys and identities, and changes their settings; reads no object",
    madeBy: "a person",
    documents: {
      policy: document([
        ...buckets(facts, names),
        ...keys(facts, "offsite"),
        {
          Sid: "Roles",
          Effect: "Allow",
          Action: [
            "iam:CreateRole",
            "iam:DeleteRole",
            "iam:DeleteRolePolicy",
            "iam:GetRole",
            "iam:GetRolePolicy",
            "iam:ListAttachedRolePolicies",
            "iam:ListInstanceProfilesForRole",
            "iam:ListRolePolicies",
            "iam:PutRolePolicy",
            "iam:TagRole",
            "iam:UntagRole",
            "iam:UpdateAssumeRolePolicy",
            "iam:UpdateRole",
          ],
          Resource: iam("role"),
        },
        {
          Sid: "Users",
          Effect: "Allow",
          Action: [
            "iam:CreateUser",
            "iam:DeleteUser",
            "iam:DeleteUserPolicy",
            "iam:GetUser",
            "iam:GetUserPolicy",
            "iam:ListGroupsForUser",
            "iam:PutUserPolicy",
            "iam:TagUser",
            "iam:UntagUser",
          ],
          Resource: iam("user"),
        },
        {
          Sid: "PassReplication",
          Effect: "Allow",
          Action: ["iam:PassRole"],
          Resource: `arn:${facts.partition}:iam::${facts.accountId}:role/${plan.replica.role.name}`,
          Condition: { StringEquals: { "iam:PassedToService": "s3.amazonaws.com" } },
        },
        {
          Sid: "OtherAccount",
          Effect: "Allow",
          Action: ["sts:AssumeRole"],
          Resource: offsite.replica.roleArn,
        },
      ]),
    },
    words: [
      "it can change a policy, so it is guarded as the keys are: by review and approval in the pipeline",
    ],
  };
}

export function planReplicaDeployer(offsite: AwsOffsite, plan: AwsStoragePlan): IdentityRights {
  const { replica } = offsite;
  const there: AwsFacts = { ...offsite, accountId: replica.accountId, region: replica.region };
  const names = plan.replica.pairs.map(({ destination }) => destination.bucketName);
  return {
    name: replica.roleArn,
    heldBy: "the deployer, by taking the role",
    purpose: "makes the replica's buckets and key; reads no object",
    madeBy: "a person",
    documents: { policy: document([...buckets(there, names), ...keys(there, "replica")]) },
    words: [],
  };
}

function buckets(facts: AwsFacts, names: readonly string[]): readonly Statement[] {
  return [
    {
      Sid: "Buckets",
      Effect: "Allow",
      Action: [
        "s3:CreateBucket",
        "s3:GetAccelerateConfiguration",
        "s3:GetBucketAcl",
        "s3:GetBucketCORS",
        "s3:GetBucketLocation",
        "s3:GetBucketLogging",
        "s3:GetBucketObjectLockConfiguration",
        "s3:GetBucketOwnershipControls",
        "s3:GetBucketPolicy",
        "s3:GetBucketPublicAccessBlock",
        "s3:GetBucketRequestPayment",
        "s3:GetBucketTagging",
        "s3:GetBucketVersioning",
        "s3:GetBucketWebsite",
        "s3:GetEncryptionConfiguration",
        "s3:GetLifecycleConfiguration",
        "s3:GetReplicationConfiguration",
        "s3:ListBucket",
        "s3:PutBucketLogging",
        "s3:PutBucketObjectLockConfiguration",
        "s3:PutBucketOwnershipControls",
        "s3:PutBucketPolicy",
        "s3:PutBucketPublicAccessBlock",
        "s3:PutBucketTagging",
        "s3:PutBucketVersioning",
        "s3:PutEncryptionConfiguration",
        "s3:PutLifecycleConfiguration",
        "s3:PutReplicationConfiguration",
      ],
      Resource: names.map((name) => bucketArn(facts, name)),
    },
  ];
}

/** A key has no name until it is there, so it is known by the region and, afterwards, by its alias. */
function keys(facts: AwsFacts, place: "offsite" | "replica"): readonly Statement[] {
  const { accountId, partition, region } = facts;
  const any = `arn:${partition}:kms:${region}:${accountId}:key/*`;
  return [
    { Sid: "NewKey", Effect: "Allow", Action: ["kms:CreateKey"], Resource: "*" },
    {
      Sid: "Keys",
      Effect: "Allow",
      Action: [
        "kms:CreateAlias",
        "kms:DescribeKey",
        "kms:EnableKeyRotation",
        "kms:GetKeyPolicy",
        "kms:GetKeyRotationStatus",
        "kms:ListResourceTags",
        "kms:PutKeyPolicy",
        "kms:TagResource",
      ],
      Resource: any,
    },
    {
      Sid: "Alias",
      Effect: "Allow",
      Action: ["kms:CreateAlias"],
      Resource: `arn:${partition}:kms:${region}:${accountId}:${keyAlias(facts, place)}`,
    },
    { Sid: "Aliases", Effect: "Allow", Action: ["kms:ListAliases"], Resource: "*" },
  ];
}
