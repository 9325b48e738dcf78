// The deny policy of the locked buckets as data. Does not prove that a store obeys: tests/lab/identities.test.ts does.
import { expect, test } from "vitest";
import { planBucketPolicy } from "../../plan/bucket-policy.ts";

const writer = "arn:aws:iam::*:user/writer";

test("nobody named, no policy: an empty principal would be refused", () => {
  expect(planBucketPolicy("repo", [])).toBeNull();
});

test("every way to shorten a version's life is denied, and none to add one", () => {
  const policy = JSON.parse(planBucketPolicy("repo", [writer]) ?? "");
  const denied = policy.Statement.flatMap((statement: { Action: string[] }) => statement.Action);
  expect(denied).toEqual(
    expect.arrayContaining(["s3:DeleteObjectVersion", "s3:PutBucketVersioning", "s3:PutObjectRetention"]),
  );
  // A plain delete makes a marker, which pgBackRest's expire needs.
  for (const needed of [
    "s3:PutObject",
    "s3:GetObject",
    "s3:DeleteObject",
    "s3:ListBucket",
    "s3:AbortMultipartUpload",
  ])
    expect(denied).not.toContain(needed);
  for (const { Effect, Principal, Resource } of policy.Statement) {
    expect(Effect).toBe("Deny");
    expect(Principal).toEqual({ AWS: [writer] });
    expect(Resource).toMatch(/^arn:aws:s3:::repo(\/\*)?$/);
  }
});
