import { document, type Statement } from "./documents.ts";
import { type AwsFacts, accountArn } from "./names.ts";

/** What makes a key useless, or lets somebody make it so later. */
const fatalActions = [
  "kms:DeleteAlias",
  "kms:DisableKey",
  "kms:DisableKeyRotation",
  "kms:PutKeyPolicy",
  "kms:RevokeGrant",
  "kms:ScheduleKeyDeletion",
  "kms:UpdateAlias",
];

/**
 * The account's own policies say who uses the key; this one says who may never end it. KMS refuses a policy that
 * would shut its maker out, so the administrators are named, the pipeline's role among them.
 */
function ownAccount(facts: AwsFacts, administrators: readonly string[]): readonly Statement[] {
  return [
    {
      Sid: "AccountPolicies",
      Effect: "Allow",
      Principal: { AWS: accountArn(facts) },
      Action: "kms:*",
      Resource: "*",
    },
    {
      Sid: "AdministratorsAloneEndIt",
      Effect: "Deny",
      Principal: "*",
      Action: fatalActions,
      Resource: "*",
      Condition: { ArnNotLike: { "aws:PrincipalArn": administrators } },
    },
  ];
}

export function keyPolicy(facts: AwsFacts, administrators: readonly string[]): string {
  return document(ownAccount(facts, administrators));
}

/** The source's replication role encrypts what it brings; it can read nothing back. */
export function replicaKeyPolicy(
  facts: AwsFacts,
  administrators: readonly string[],
  source: { readonly accountArn: string; readonly roleArn: string },
): string {
  return document([
    ...ownAccount(facts, administrators),
    {
      Sid: "SourceEncrypts",
      Effect: "Allow",
      Principal: { AWS: source.accountArn },
      Action: ["kms:Encrypt", "kms:GenerateDataKey"],
      Resource: "*",
      Condition: {
        ArnEquals: { "aws:PrincipalArn": source.roleArn },
        StringEquals: { "kms:ViaService": `s3.${facts.region}.amazonaws.com` },
      },
    },
  ]);
}
