// The offsite store's identities with their real keys on the bucket of the running lab: what each may not do (rule 8),
// and that what it needs still works. Needs the stack offsite, which the drill leaves. Does not prove the same of
// another store: there `pulumi up` writes the policy, and these requests have to be tried again.
import { readFile } from "node:fs/promises";
import { Agent } from "node:https";
import { join } from "node:path";
import * as s3 from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { defaultLabRoot, labLayout } from "../../lab/layout.ts";
import { offsiteEndpoint } from "../../lab/net/addresses.ts";

const layout = labLayout(process.env.HOLDFAST_LAB ?? defaultLabRoot);
const clients: s3.S3Client[] = [];

async function clientOf(identity: string): Promise<s3.S3Client> {
  const [ca, accessKeyId, secretAccessKey] = await Promise.all(
    [
      layout.caCertificate,
      join(layout.secrets, `offsite-${identity}.key`),
      join(layout.secrets, `offsite-${identity}.secret`),
    ].map((file) => readFile(file, "utf8")),
  );
  const client = new s3.S3Client({
    endpoint: offsiteEndpoint,
    region: "us-east-1",
    forcePathStyle: true,
    credentials: { accessKeyId: accessKeyId ?? "", secretAccessKey: secretAccessKey ?? "" },
    requestChecksumCalculation: "WHEN_REQUIRED",
    requestHandler: { httpsAgent: new Agent({ ca }), requestTimeout: 60_000 },
  });
  clients.push(client);
  return client;
}

const Key = "holdfast-test/identities";
const hourMs = 3_600_000;

let admin: s3.S3Client;
beforeAll(async () => {
  admin = await clientOf("admin");
});
afterAll(async () => {
  for (const Bucket of ["holdfast-offsite", "holdfast-records", "holdfast-documents"]) {
    const { Versions = [], DeleteMarkers = [] } = await admin.send(
      new s3.ListObjectVersionsCommand({ Bucket, Prefix: Key }),
    );
    for (const { VersionId } of [...Versions, ...DeleteMarkers])
      await admin.send(
        new s3.DeleteObjectCommand({ Bucket, Key, VersionId, BypassGovernanceRetention: true }),
      );
  }
  for (const client of clients) client.destroy();
});

/** A version whose own retention has ended: what stops its deletion is not the lock. */
async function unlockedVersion(Bucket: string): Promise<string> {
  // Long enough to be still to come when a busy store gets to it, else it refuses the put.
  const until = new Date(Date.now() + 8_000);
  const { VersionId } = await admin.send(
    new s3.PutObjectCommand({
      Bucket,
      Key,
      Body: "version",
      ObjectLockMode: "GOVERNANCE",
      ObjectLockRetainUntilDate: until,
    }),
  );
  await new Promise((resolve) => setTimeout(resolve, until.getTime() + 1_000 - Date.now()));
  return VersionId ?? "";
}

async function isDenied(attempt: Promise<unknown>): Promise<string> {
  try {
    const answer = (await attempt) as { readonly Errors?: readonly { readonly Code?: string }[] };
    return answer.Errors?.[0]?.Code ?? "done";
  } catch (error) {
    return error instanceof s3.S3ServiceException ? error.name : String(error);
  }
}

const held = [
  ["writer", "holdfast-offsite"],
  ["recorder", "holdfast-records"],
  ["documents", "holdfast-documents"],
] as const;

describe.each(held)("%s on %s", (identity, Bucket) => {
  let client: s3.S3Client;
  let VersionId: string;
  let lockedId: string | undefined;
  beforeAll(async () => {
    client = await clientOf(identity);
    VersionId = await unlockedVersion(Bucket);
    const locked = await admin.send(new s3.PutObjectCommand({ Bucket, Key, Body: "locked" }));
    lockedId = locked.VersionId;
  });

  const attempts: readonly (readonly [string, () => Promise<unknown>])[] = [
    ["DELETE with a version id", () => client.send(new s3.DeleteObjectCommand({ Bucket, Key, VersionId }))],
    [
      "POST ?delete with a version id",
      () => client.send(new s3.DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key, VersionId }] } })),
    ],
    [
      "deletion of a locked version by bypass",
      () =>
        client.send(
          new s3.DeleteObjectCommand({ Bucket, Key, VersionId: lockedId, BypassGovernanceRetention: true }),
        ),
    ],
    [
      "versioning suspended",
      () =>
        client.send(
          new s3.PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: "Suspended" } }),
        ),
    ],
    [
      "a retention cut short",
      () =>
        client.send(
          new s3.PutObjectRetentionCommand({
            Bucket,
            Key,
            VersionId: lockedId,
            BypassGovernanceRetention: true,
            Retention: { Mode: "GOVERNANCE", RetainUntilDate: new Date(Date.now() + hourMs) },
          }),
        ),
    ],
    [
      "the default retention shortened",
      () =>
        client.send(
          new s3.PutObjectLockConfigurationCommand({
            Bucket,
            ObjectLockConfiguration: {
              ObjectLockEnabled: "Enabled",
              Rule: { DefaultRetention: { Mode: "GOVERNANCE", Days: 1 } },
            },
          }),
        ),
    ],
    [
      "the lifecycle changed",
      () =>
        client.send(
          new s3.PutBucketLifecycleConfigurationCommand({
            Bucket,
            LifecycleConfiguration: {
              Rules: [{ ID: "x", Status: "Enabled", Filter: { Prefix: "" }, Expiration: { Days: 1 } }],
            },
          }),
        ),
    ],
    ["the lifecycle removed", () => client.send(new s3.DeleteBucketLifecycleCommand({ Bucket }))],
    ["the policy removed", () => client.send(new s3.DeleteBucketPolicyCommand({ Bucket }))],
    ["the bucket removed", () => client.send(new s3.DeleteBucketCommand({ Bucket }))],
  ];
  test.each(attempts)("%s: refused", async (_, attempt) => {
    expect(await isDenied(attempt())).toBe("AccessDenied");
  });

  test("writing, reading an older version and a plain delete work", async () => {
    expect(await isDenied(client.send(new s3.PutObjectCommand({ Bucket, Key, Body: "mine" })))).toBe("done");
    expect(await isDenied(client.send(new s3.GetObjectCommand({ Bucket, Key, VersionId })))).toBe("done");
    expect(await isDenied(client.send(new s3.ListObjectVersionsCommand({ Bucket, Prefix: Key })))).toBe(
      "done",
    );
    expect(await isDenied(client.send(new s3.DeleteObjectCommand({ Bucket, Key })))).toBe("done");
  });

  test("another bucket is closed to it", async () => {
    for (const [other, theirs] of held)
      if (other !== identity)
        expect(await isDenied(client.send(new s3.PutObjectCommand({ Bucket: theirs, Key, Body: "x" })))).toBe(
          "AccessDenied",
        );
  });
});

test("the reader reads every version, and writes nothing", async () => {
  const reader = await clientOf("reader");
  const Bucket = "holdfast-offsite";
  const VersionId = await unlockedVersion(Bucket);
  expect(await isDenied(reader.send(new s3.GetObjectCommand({ Bucket, Key, VersionId })))).toBe("done");
  expect(await isDenied(reader.send(new s3.ListObjectVersionsCommand({ Bucket, Prefix: Key })))).toBe("done");
  expect(await isDenied(reader.send(new s3.PutObjectCommand({ Bucket, Key, Body: "x" })))).toBe(
    "AccessDenied",
  );
  expect(await isDenied(reader.send(new s3.DeleteObjectCommand({ Bucket, Key, VersionId })))).toBe(
    "AccessDenied",
  );
});

test("the keeper removes a version whose lock has ended, and not one that is locked", async () => {
  const keeper = await clientOf("keeper");
  const Bucket = "holdfast-offsite";
  const VersionId = await unlockedVersion(Bucket);
  const { VersionId: lockedId } = await admin.send(new s3.PutObjectCommand({ Bucket, Key, Body: "locked" }));
  expect(await isDenied(keeper.send(new s3.DeleteObjectCommand({ Bucket, Key, VersionId })))).toBe("done");
  expect(await isDenied(keeper.send(new s3.DeleteObjectCommand({ Bucket, Key, VersionId: lockedId })))).toBe(
    "AccessDenied",
  );
});
