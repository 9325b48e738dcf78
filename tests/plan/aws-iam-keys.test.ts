// Judges by a simulator of IAM that is not ours who may use the key of the third place's buckets, by the identity's policy
// and the key's together. Does not show that AWS judges alike: docs/proof-limits.md.
import { describe, expect, it } from "vitest";
import type { AwsIdentityName } from "../../plan/aws/types.ts";
import { account, aws, everyRight, judge, policyOf, type Request } from "./aws-judge.ts";

describe("the keys", () => {
  const key = `arn:aws:kms:eu-central-1:${account}:key/00000000-0000-0000-0000-000000000001`;
  const throughS3 = {
    "kms:ViaService": "s3.eu-central-1.amazonaws.com",
    "kms:ResourceAliases": ["alias/example-holdfast-offsite"],
  };
  const use = (identity: AwsIdentityName, action: string, context: Request["context"] = throughS3) =>
    judge({
      principal: `arn:aws:iam::${account}:role/example-holdfast-${identity}`,
      policy: policyOf(identity),
      action,
      resource: key,
      resourcePolicy: aws.key.policy,
      context: context ?? {},
    });

  it.each([
    ["writer", "kms:GenerateDataKey", "Allowed"],
    ["writer", "kms:Decrypt", "Allowed"],
    ["reader", "kms:Decrypt", "Allowed"],
    ["reader", "kms:GenerateDataKey", "ImplicitlyDenied"],
    ["recorder", "kms:GenerateDataKey", "Allowed"],
    ["documents", "kms:Decrypt", "Allowed"],
    ["keeper", "kms:Decrypt", "ImplicitlyDenied"],
    ["keeper", "kms:GenerateDataKey", "ImplicitlyDenied"],
  ] as const)("%s and %s: %s", async (identity, action, expected) => {
    expect(await use(identity, action)).toBe(expected);
  });

  it("are used through S3 alone, and no other key of the account is", async () => {
    expect(
      await use("writer", "kms:Decrypt", {
        ...throughS3,
        "kms:ViaService": "ec2.eu-central-1.amazonaws.com",
      }),
    ).toBe("ImplicitlyDenied");
    expect(
      await use("writer", "kms:Decrypt", { ...throughS3, "kms:ResourceAliases": ["alias/payroll"] }),
    ).toBe("ImplicitlyDenied");
  });

  it.each(["kms:ScheduleKeyDeletion", "kms:DisableKey", "kms:PutKeyPolicy"])(
    "%s is an administrator's alone: without its key every backup is lost",
    async (action) => {
      const ask = (role: string) =>
        judge({
          principal: `arn:aws:iam::${account}:role/${role}`,
          policy: everyRight,
          action,
          resource: key,
          resourcePolicy: aws.key.policy,
        });
      expect(await ask("administrator")).toBe("ExplicitlyDenied");
      expect(await ask("example-holdfast-writer")).toBe("ExplicitlyDenied");
      expect(await ask("holdfast-pipeline")).toBe("Allowed");
    },
  );
});
