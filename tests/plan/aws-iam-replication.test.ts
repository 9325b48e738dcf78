// Judges the role of replication, and everybody else of the account that it copies to, by a simulator of IAM that is not
// ours. Does not show that AWS judges alike, or that it copies: docs/proof-limits.md.
import { describe, expect, it } from "vitest";
import {
  account,
  aws,
  buckets,
  everyRight,
  judge,
  overTls,
  planOf,
  type Request,
  replicaAccount,
} from "./aws-judge.ts";

describe("replication", () => {
  const role = `arn:aws:iam::${account}:role/example-holdfast-replication`;
  const { policy } = aws.replica.role;
  const destination = aws.replica.pairs[0]?.destination;
  const there = `arn:aws:s3:::${destination?.bucketName}`;
  const ask = (action: string, resource: string, more: Partial<Request> = {}) =>
    judge({ principal: role, policy, action, resource, context: overTls, ...more });

  it.each(["s3:GetObjectVersionForReplication", "s3:GetObjectRetention", "s3:GetObjectVersionTagging"])(
    "may %s at the source",
    async (action) => {
      const resourcePolicy = planOf("repository").policy;
      expect(await ask(action, `arn:aws:s3:::${buckets.repository}/x`, { resourcePolicy })).toBe("Allowed");
    },
  );

  it("writes nothing at the source, and reads nothing of the control bucket", async () => {
    const resourcePolicy = planOf("repository").policy;
    for (const action of ["s3:PutObject", "s3:DeleteObject", "s3:DeleteObjectVersion"])
      expect(await ask(action, `arn:aws:s3:::${buckets.repository}/x`, { resourcePolicy })).not.toBe(
        "Allowed",
      );
    expect(
      await ask("s3:GetObjectVersionForReplication", `arn:aws:s3:::${buckets.control}/x`, {
        resourcePolicy: planOf("control").policy,
      }),
    ).not.toBe("Allowed");
  });

  it.each([
    "s3:ReplicateObject",
    "s3:ReplicateDelete",
    "s3:ReplicateTags",
    "s3:ObjectOwnerOverrideToBucketOwner",
  ])("may %s in the other account, because both sides say so", async (action) => {
    const more = { owner: replicaAccount, ...(destination ? { resourcePolicy: destination.policy } : {}) };
    expect(await ask(action, `${there}/x`, more)).toBe("Allowed");
    // Not by the bucket's word alone, which names the role and no other of that account.
    expect(
      await judge({
        principal: `arn:aws:iam::${account}:role/administrator`,
        policy: everyRight,
        action,
        resource: `${there}/x`,
        context: overTls,
        ...more,
      }),
    ).not.toBe("Allowed");
  });

  it("deletes no version there, and neither does anybody of that account", async () => {
    const more = { owner: replicaAccount, ...(destination ? { resourcePolicy: destination.policy } : {}) };
    expect(await ask("s3:DeleteObjectVersion", `${there}/x`, more)).toBe("ExplicitlyDenied");
    expect(
      await judge({
        principal: `arn:aws:iam::${replicaAccount}:role/administrator`,
        policy: everyRight,
        action: "s3:DeleteObjectVersion",
        resource: `${there}/x`,
        context: overTls,
        ...more,
      }),
    ).toBe("ExplicitlyDenied");
  });

  it("encrypts with the other account's key and cannot read with it", async () => {
    const key = `arn:aws:kms:eu-west-1:${replicaAccount}:key/00000000-0000-0000-0000-000000000002`;
    const more = {
      owner: replicaAccount,
      resourcePolicy: aws.replica.key.policy,
      context: { "kms:ViaService": "s3.eu-west-1.amazonaws.com" },
    };
    expect(await ask("kms:Encrypt", key, more)).toBe("Allowed");
    expect(await ask("kms:GenerateDataKey", key, more)).toBe("Allowed");
    expect(await ask("kms:Decrypt", key, more)).not.toBe("Allowed");
  });
});
