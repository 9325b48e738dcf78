// The policies and the trust of the third place at AWS as documents: their form by a library that is not ours, and whom
// they name. Whom they let do what is judged in aws-iam*.test.ts beside this one; not shown is that AWS takes them.
import {
  loadPolicy,
  validateIdentityPolicy,
  validateResourcePolicy,
  validateTrustPolicy,
} from "@cloud-copilot/iam-policy";
import { describe, expect, it } from "vitest";
import { account, aws } from "./aws-judge.ts";

describe("documents of IAM", () => {
  const resourcePolicies = [
    ...aws.buckets,
    aws.logs,
    ...aws.replica.pairs.map(({ destination }) => destination),
    aws.key,
    aws.replica.key,
  ].map(({ logicalName, policy }) => [logicalName, policy] as const);

  it.each(resourcePolicies)("the policy of %s is well formed", (_, policy) => {
    expect(validateResourcePolicy(JSON.parse(policy))).toEqual([]);
  });

  it.each([
    ...aws.identities.map(({ identity, policy }) => [identity, policy] as const),
    ["replication", aws.replica.role.policy] as const,
  ])("the rights of %s are well formed, and name no bucket but ours", (_, policy) => {
    expect(validateIdentityPolicy(JSON.parse(policy))).toEqual([]);
    for (const statement of loadPolicy(JSON.parse(policy)).statements()) {
      expect(statement.isAllow()).toBe(true);
      for (const action of [JSON.parse(policy).Statement]
        .flat(2)
        .flatMap(({ Action }: { Action: string[] }) => Action))
        expect(action).not.toMatch(/\*/);
    }
    expect(policy).not.toMatch(/"Resource":"\*"|arn:aws:s3:::\*/);
  });

  it("trusts pods by their service account and cluster, and people by name", () => {
    const trust = aws.identities.find(({ identity }) => identity === "writer")?.trust ?? "";
    expect(validateTrustPolicy(JSON.parse(trust))).toEqual([]);
    const { Statement } = JSON.parse(trust);
    expect(Statement).toEqual([
      {
        Sid: "PodsPrimary",
        Effect: "Allow",
        Principal: {
          Federated:
            "arn:aws:iam::111111111111:oidc-provider/oidc.eks.eu-central-1.amazonaws.com/id/EXAMPLEPRIMARY",
        },
        Action: "sts:AssumeRoleWithWebIdentity",
        Condition: {
          StringEquals: {
            "oidc.eks.eu-central-1.amazonaws.com/id/EXAMPLEPRIMARY:aud": "sts.amazonaws.com",
            "oidc.eks.eu-central-1.amazonaws.com/id/EXAMPLEPRIMARY:sub": [
              "system:serviceaccount:holdfast:holdfast-database",
              "system:serviceaccount:holdfast:holdfast-backup",
            ],
          },
        },
      },
      expect.objectContaining({ Sid: "PodsDr" }),
      {
        Sid: "Named",
        Effect: "Allow",
        Principal: { AWS: ["arn:aws:iam::111111111111:role/holdfast-pipeline"] },
        Action: "sts:AssumeRole",
      },
    ]);
  });

  it("trusts so few that IAM takes the document: 2,048 characters without spaces is its default quota", () => {
    for (const { identity, trust } of aws.identities)
      expect((trust ?? "").replace(/\s/g, "").length, identity).toBeLessThan(2048);
  });

  it("lets operators write, read and leave records, and no pod's documents", () => {
    const named = aws.identities.filter(({ trust }) => /"Sid":"Named"/.test(trust ?? ""));
    expect(named.map(({ identity }) => identity)).toEqual(["writer", "reader", "recorder", "keeper"]);
  });

  it("lets no pod and no operator be the keeper", () => {
    const keeper = aws.identities.find(({ identity }) => identity === "keeper");
    expect(JSON.parse(keeper?.trust ?? "").Statement).toEqual([
      expect.objectContaining({ Principal: { AWS: ["arn:aws:iam::111111111111:role/holdfast-keeper"] } }),
    ]);
    expect(keeper?.user).toBe(false);
  });

  it("lets S3 replicate for this account's buckets and no other's", () => {
    const [statement] = JSON.parse(aws.replica.role.trust).Statement;
    expect(statement).toMatchObject({
      Principal: { Service: "s3.amazonaws.com" },
      Condition: { StringEquals: { "aws:SourceAccount": account } },
    });
  });
});
