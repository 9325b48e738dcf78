import type { OffsiteConfig } from "../../config/index.ts";
import { identityToken, subjectsOf } from "../pod-identities.ts";
import { document, type Statement } from "./documents.ts";
import { type AwsFacts, anyKeyArn, bucketArn, identityName, keyAlias } from "./names.ts";
import { type AwsIdentityName, type AwsIdentityPlan, awsIdentityNames } from "./types.ts";

type AwsOffsite = Extract<OffsiteConfig["offsite"], { readonly implementation: "aws" }>;

export const identityPurposes: Readonly<Record<AwsIdentityName, string>> = {
  writer: "archives and backs up, takes the epoch; deletes leave markers only",
  reader: "restores, rehearses, looks at versions and settings; writes nothing",
  recorder: "leaves records of jobs, and nothing else",
  documents: "copies documents, and nothing else",
  keeper: "deletes versions whose lock has ended; reads no contents, writes nothing",
};

/** Who may do what, by role and by user; the buckets' policies deny beside. */
export function planIdentities(facts: AwsFacts, offsite: AwsOffsite): readonly AwsIdentityPlan[] {
  return awsIdentityNames.map((identity) => ({
    identity,
    name: identityName(facts, identity),
    purpose: identityPurposes[identity],
    policy: document(rightsOf(identity, facts, offsite)),
    trust: trustOf(identity, offsite),
    user: identity !== "keeper" && offsite.identities.users,
  }));
}

/** Names of the third place's buckets, whatever the store. */
type BucketNames = Pick<
  OffsiteConfig["offsite"],
  "bucket" | "controlBucket" | "recordsBucket" | "documentsBucket"
>;

/** @param facts null for a store that has no keys of KMS; its buckets' ARNs then are those of the partition aws */
export function rightsOf(
  identity: AwsIdentityName,
  facts: AwsFacts | null,
  names: BucketNames,
): readonly Statement[] {
  const { bucket, controlBucket, recordsBucket, documentsBucket } = names;
  const arns = (...names: readonly string[]) =>
    names.map((name) => bucketArn(facts ?? { partition: "aws" }, name));
  const allow = (Sid: string, Action: readonly string[], Resource: readonly string[]): Statement => ({
    Sid,
    Effect: "Allow",
    Action,
    Resource,
  });
  const objects = (buckets: readonly string[]) => buckets.map((arn) => `${arn}/*`);
  const key = (...Action: readonly string[]): readonly Statement[] =>
    facts === null ? [] : [keyUse(facts, Action)];
  const locked = arns(bucket, recordsBucket, documentsBucket);
  switch (identity) {
    case "writer": {
      const repository = arns(bucket);
      const control = arns(controlBucket);
      return [
        // Without the right to list, a missing object is "denied" and not "not found".
        allow("List", ["s3:GetBucketLocation", "s3:ListBucket"], [...repository, ...control]),
        allow(
          "Repository",
          [
            "s3:AbortMultipartUpload",
            "s3:DeleteObject",
            "s3:GetObject",
            "s3:ListMultipartUploadParts",
            "s3:PutObject",
          ],
          objects(repository),
        ),
        allow("Control", ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"], objects(control)),
        ...key("kms:Decrypt", "kms:GenerateDataKey"),
      ];
    }
    case "reader": {
      const all = [...locked, ...arns(controlBucket)];
      return [
        allow(
          "List",
          [
            "s3:GetBucketLocation",
            "s3:GetBucketObjectLockConfiguration",
            "s3:GetBucketVersioning",
            "s3:GetEncryptionConfiguration",
            "s3:GetLifecycleConfiguration",
            "s3:ListBucket",
            // pgBackRest's --repo-target-time reads the repository as it was: rule of its S3 driver.
            "s3:ListBucketVersions",
          ],
          all,
        ),
        allow("Read", ["s3:GetObject", "s3:GetObjectRetention", "s3:GetObjectVersion"], objects(all)),
        ...key("kms:Decrypt"),
      ];
    }
    case "recorder":
    case "documents": {
      const own = arns(identity === "recorder" ? recordsBucket : documentsBucket);
      return [
        allow("List", ["s3:GetBucketLocation", "s3:ListBucket"], own),
        allow(
          "Write",
          ["s3:AbortMultipartUpload", "s3:GetObject", "s3:ListMultipartUploadParts", "s3:PutObject"],
          objects(own),
        ),
        ...key("kms:Decrypt", "kms:GenerateDataKey"),
      ];
    }
    case "keeper":
      return [
        allow("List", ["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketVersions"], locked),
        allow(
          "Expire",
          ["s3:DeleteObject", "s3:DeleteObjectVersion", "s3:GetObjectRetention"],
          objects(locked),
        ),
      ];
    default:
      return identity satisfies never;
  }
}

/** Through S3 alone, and of the one key that has the alias. */
function keyUse(facts: AwsFacts, Action: readonly string[]): Statement {
  return {
    Sid: "Key",
    Effect: "Allow",
    Action,
    Resource: anyKeyArn(facts),
    Condition: {
      "ForAnyValue:StringEquals": { "kms:ResourceAliases": keyAlias(facts, "offsite") },
      StringEquals: { "kms:ViaService": `s3.${facts.region}.amazonaws.com` },
    },
  };
}

/** Pods by their service account, people and pipelines by name; a role that nobody may take is not made. */
function trustOf(identity: AwsIdentityName, { identities }: AwsOffsite): string | null {
  const pods =
    identity === "keeper"
      ? []
      : identities.clusters.map((cluster): Statement => {
          const { oidcProvider, site } = cluster;
          const issuer = oidcProvider.slice(oidcProvider.indexOf("oidc-provider/") + "oidc-provider/".length);
          return {
            Sid: `Pods${site === "primary" ? "Primary" : "Dr"}`,
            Effect: "Allow",
            Principal: { Federated: oidcProvider },
            Action: "sts:AssumeRoleWithWebIdentity",
            Condition: {
              StringEquals: {
                [`${issuer}:aud`]: identityToken.audience,
                [`${issuer}:sub`]: subjectsOf(identity, cluster),
              },
            },
          };
        });
  const people = peopleOf(identity, identities);
  const named: readonly Statement[] =
    people.length === 0
      ? []
      : [{ Sid: "Named", Effect: "Allow", Principal: { AWS: people }, Action: "sts:AssumeRole" }];
  const statements = [...pods, ...named];
  return statements.length === 0 ? null : document(statements);
}

function peopleOf(identity: AwsIdentityName, identities: AwsOffsite["identities"]): readonly string[] {
  switch (identity) {
    case "writer":
    case "reader":
    // A run leaves its journal and evidence among the records.
    case "recorder":
      return identities.operators;
    case "keeper":
      return identities.keepers;
    case "documents":
      return [];
    default:
      return identity satisfies never;
  }
}
