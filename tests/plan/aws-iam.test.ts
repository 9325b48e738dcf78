// Judges each identity by a simulator of IAM that is not ours: what it must be able to do, and what it must not, by its
// own policy and the bucket's together. The keys, replication and the documents' own form have files beside this one.
// Does not show that AWS judges alike: docs/proof-limits.md.
import { describe, expect, it } from "vitest";
import type { AwsIdentityName } from "../../plan/aws/types.ts";
import {
  account,
  type BucketName,
  buckets,
  everyRight,
  judge,
  overTls,
  planOf,
  policyOf,
} from "./aws-judge.ts";

/** On the bucket itself, or on an object of it; by the role and by the user, which must be judged alike. */
async function may(
  identity: AwsIdentityName,
  action: string,
  bucket: BucketName,
  at: "bucket" | "object",
  context: Readonly<Record<string, string>> = overTls,
  policy: string = policyOf(identity),
): Promise<string> {
  const arn = `arn:aws:s3:::${buckets[bucket]}`;
  const kinds = identity === "keeper" ? ["role"] : ["role", "user"];
  const answers = await Promise.all(
    kinds.map((kind) =>
      judge({
        principal: `arn:aws:iam::${account}:${kind}/example-holdfast-${identity}`,
        policy,
        action,
        resource: at === "bucket" ? arn : `${arn}/epochs/1/backup/main/backup.info`,
        resourcePolicy: planOf(bucket).policy,
        context,
      }),
    ),
  );
  expect(new Set(answers).size, `${identity} ${action}: ${answers.join(", ")}`).toBe(1);
  return answers[0] ?? "";
}

const bucketActions = new Set([
  "s3:ListBucket",
  "s3:ListBucketVersions",
  "s3:GetBucketVersioning",
  "s3:GetBucketObjectLockConfiguration",
  "s3:GetLifecycleConfiguration",
  "s3:PutBucketVersioning",
  "s3:PutLifecycleConfiguration",
  "s3:PutBucketObjectLockConfiguration",
  "s3:PutBucketPolicy",
  "s3:DeleteBucketPolicy",
  "s3:DeleteBucket",
  "s3:PutEncryptionConfiguration",
  "s3:PutReplicationConfiguration",
  "s3:PutBucketLogging",
  "s3:PutBucketPublicAccessBlock",
]);
const at = (action: string) => (bucketActions.has(action) ? "bucket" : "object");

const must: Readonly<Record<AwsIdentityName, Partial<Readonly<Record<BucketName, readonly string[]>>>>> = {
  writer: {
    repository: [
      "s3:ListBucket",
      "s3:GetObject",
      "s3:PutObject",
      "s3:DeleteObject",
      "s3:AbortMultipartUpload",
    ],
    control: ["s3:ListBucket", "s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
  },
  reader: {
    repository: [
      "s3:ListBucket",
      "s3:ListBucketVersions",
      "s3:GetObject",
      "s3:GetObjectVersion",
      "s3:GetBucketVersioning",
      "s3:GetBucketObjectLockConfiguration",
      "s3:GetLifecycleConfiguration",
    ],
    control: ["s3:ListBucket", "s3:GetObject"],
    records: ["s3:ListBucket", "s3:GetObject"],
    documents: ["s3:ListBucket", "s3:GetObject", "s3:GetObjectVersion"],
  },
  recorder: { records: ["s3:PutObject"] },
  documents: { documents: ["s3:ListBucket", "s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload"] },
  keeper: {
    repository: ["s3:ListBucketVersions", "s3:DeleteObjectVersion", "s3:DeleteObject"],
    documents: ["s3:ListBucketVersions", "s3:DeleteObjectVersion"],
  },
};

/** What nobody of ours may do to any bucket that has to survive. */
const never = [
  "s3:BypassGovernanceRetention",
  "s3:DeleteBucket",
  "s3:DeleteBucketPolicy",
  "s3:PutBucketLogging",
  "s3:PutBucketObjectLockConfiguration",
  "s3:PutBucketPolicy",
  "s3:PutBucketPublicAccessBlock",
  "s3:PutBucketVersioning",
  "s3:PutEncryptionConfiguration",
  "s3:PutLifecycleConfiguration",
  "s3:PutObjectLegalHold",
  "s3:PutObjectRetention",
  "s3:PutReplicationConfiguration",
];
const identities = ["writer", "reader", "recorder", "documents", "keeper"] as const;
const locked = ["repository", "records", "documents"] as const;

const mustCases = identities.flatMap((identity) =>
  Object.entries(must[identity]).flatMap(([bucket, actions]) =>
    actions.map((action) => [identity, action, bucket as BucketName] as const),
  ),
);

describe("identities at AWS", () => {
  it.each(mustCases)("%s may %s on %s", async (identity, action, bucket) => {
    expect(await may(identity, action, bucket, at(action))).toBe("Allowed");
  });

  it.each(identities)(
    "%s changes no setting and no retention of what is locked, by any of the ways",
    async (identity) => {
      for (const bucket of locked)
        for (const action of never)
          expect(await may(identity, action, bucket, at(action)), `${action} on ${bucket}`).not.toBe(
            "Allowed",
          );
    },
  );

  /** Without the bucket's word, so that a right too many cannot hide behind its denial. */
  it.each(identities)("%s has no right of its own to any of it", async (identity) => {
    const denied = identity === "keeper" ? never : [...never, "s3:DeleteObjectVersion"];
    for (const bucket of Object.values(buckets))
      for (const action of denied) {
        const arn = `arn:aws:s3:::${bucket}`;
        const resource = at(action) === "bucket" ? arn : `${arn}/x`;
        const principal = `arn:aws:iam::${account}:role/example-holdfast-${identity}`;
        const answer = await judge({
          principal,
          policy: policyOf(identity),
          action,
          resource,
          context: overTls,
        });
        expect(answer, `${action} on ${bucket}`).toBe("ImplicitlyDenied");
      }
  });

  /** The bucket's word is the last: a policy of all rights, attached by mistake, still shortens no version's life. */
  it.each(identities)(
    "%s is denied it by the bucket too, whatever else is attached to it",
    async (identity) => {
      const denied = identity === "keeper" ? never : [...never, "s3:DeleteObjectVersion"];
      for (const bucket of locked)
        for (const action of denied)
          expect(
            await may(identity, action, bucket, at(action), overTls, everyRight),
            `${action} on ${bucket}`,
          ).toBe("ExplicitlyDenied");
    },
  );

  it("no administrator of the account deletes a version either, nor sets a retention", async () => {
    for (const action of ["s3:DeleteObjectVersion", "s3:PutObjectRetention", "s3:BypassGovernanceRetention"])
      expect(
        await judge({
          principal: `arn:aws:iam::${account}:role/administrator`,
          policy: everyRight,
          action,
          resource: `arn:aws:s3:::${buckets.repository}/x`,
          resourcePolicy: planOf("repository").policy,
          context: overTls,
        }),
        action,
      ).toBe("ExplicitlyDenied");
  });

  it.each([
    ["reader", ["s3:PutObject", "s3:DeleteObject", "s3:DeleteObjectVersion", "s3:AbortMultipartUpload"]],
    ["writer", ["s3:DeleteObjectVersion"]],
    ["recorder", ["s3:DeleteObject", "s3:DeleteObjectVersion"]],
    ["documents", ["s3:DeleteObject", "s3:DeleteObjectVersion"]],
    ["keeper", ["s3:PutObject", "s3:GetObject", "s3:GetObjectVersion"]],
  ] as const)("%s has no right to %j anywhere", async (identity, actions) => {
    for (const bucket of ["repository", "control", "records", "documents"] as const)
      for (const action of actions)
        expect(await may(identity, action, bucket, "object"), `${action} on ${bucket}`).not.toBe("Allowed");
  });

  it.each([
    ["writer", ["records", "documents"]],
    ["recorder", ["repository", "control", "documents"]],
    ["documents", ["repository", "control", "records"]],
    ["keeper", ["control"]],
  ] as const)("%s touches nothing of %j", async (identity, others) => {
    for (const bucket of others)
      for (const action of ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"])
        expect(await may(identity, action, bucket, "object"), `${action} on ${bucket}`).not.toBe("Allowed");
  });

  it.each(["repository", "control", "records", "documents", "logs"] as const)(
    "nobody reads %s without TLS, or with an old one",
    async (bucket) => {
      const ask = (context: Readonly<Record<string, string>>) =>
        judge({
          principal: `arn:aws:iam::${account}:role/administrator`,
          policy: everyRight,
          action: "s3:GetObject",
          resource: `arn:aws:s3:::${buckets[bucket]}/x`,
          resourcePolicy: planOf(bucket).policy,
          context,
        });
      expect(await ask(overTls)).toBe("Allowed");
      expect(await ask({ "aws:SecureTransport": "false" })).toBe("ExplicitlyDenied");
      expect(await ask({ "aws:SecureTransport": "true", "s3:TlsVersion": "1.1" })).toBe("ExplicitlyDenied");
    },
  );

  it("an object is written with the bucket's encryption or with none named, never another", async () => {
    const put = (context: Readonly<Record<string, string>>) =>
      may("writer", "s3:PutObject", "repository", "object", { ...overTls, ...context });
    expect(await put({})).toBe("Allowed");
    expect(await put({ "s3:x-amz-server-side-encryption": "aws:kms" })).toBe("Allowed");
    expect(await put({ "s3:x-amz-server-side-encryption": "AES256" })).toBe("ExplicitlyDenied");
  });
});
