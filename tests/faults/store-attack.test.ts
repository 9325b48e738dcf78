// What an attacker with the database's keys, and what a careless change of the stack file, would take away from the
// offsite repository (faults.md 31, 32). Does not prove that the store writes an audit line: SeaweedFS has none that the
// third place keeps.
import { readFile } from "node:fs/promises";
import { Agent } from "node:https";
import { join } from "node:path";
import * as s3 from "@aws-sdk/client-s3";
import { expect } from "vitest";
import { parse } from "yaml";
import { loadConfig, sectionsFromPulumi } from "../../config/index.ts";
import { offsiteEndpoint } from "../../lab/net/addresses.ts";
import { repository as root } from "../lab/support/holdfast.ts";
import { layout } from "../lab/support/places.ts";
import { fault } from "./support/fault.ts";
import { backUp } from "./support/jobs.ts";
import { statusReport } from "./support/store-status.ts";

const file = import.meta.filename;
const Bucket = "holdfast-offsite";

async function clientOf(identity: "writer" | "admin"): Promise<s3.S3Client> {
  const [accessKeyId = "", secretAccessKey = "", ca = ""] = await Promise.all(
    [`offsite-${identity}.key`, `offsite-${identity}.secret`, "ca.crt"].map((name) =>
      readFile(join(layout.secrets, name), "utf8"),
    ),
  );
  return new s3.S3Client({
    endpoint: offsiteEndpoint,
    region: "us-east-1",
    forcePathStyle: true,
    credentials: { accessKeyId, secretAccessKey },
    requestChecksumCalculation: "WHEN_REQUIRED",
    requestHandler: { httpsAgent: new Agent({ ca }) },
  });
}

/** The error's name where it was refused; "done" where it was not. */
async function outcomeOf(attempt: Promise<unknown>): Promise<string> {
  try {
    const { Errors } = (await attempt) as { readonly Errors?: readonly { readonly Code?: string }[] };
    return Errors?.[0]?.Code ?? "done";
  } catch (error) {
    if (error instanceof s3.S3ServiceException) return error.name;
    throw error;
  }
}

fault(31, file, async ({ primary, see }) => {
  const label = await backUp(primary, "full");
  const writer = await clientOf("writer");
  const { Versions = [] } = await writer.send(
    new s3.ListObjectVersionsCommand({ Bucket, Prefix: `epochs/${primary.epoch}/backup/main/${label}/` }),
  );
  const [first] = Versions;
  if (first?.Key === undefined || first.VersionId === undefined) throw new Error(`${label} has no object`);
  const { Key, VersionId } = first;
  const lock = await writer
    .send(new s3.GetObjectRetentionCommand({ Bucket, Key, VersionId }))
    .catch(() => null);
  const attempts: Readonly<Record<string, () => Promise<unknown>>> = {
    "DELETE with versionId": () => writer.send(new s3.DeleteObjectCommand({ Bucket, Key, VersionId })),
    "POST ?delete with VersionIds": () =>
      writer.send(new s3.DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key, VersionId }] } })),
    "bypass of governance": () =>
      writer.send(new s3.DeleteObjectCommand({ Bucket, Key, VersionId, BypassGovernanceRetention: true })),
    "retention shortened": () =>
      writer.send(
        new s3.PutObjectRetentionCommand({
          Bucket,
          Key,
          VersionId,
          BypassGovernanceRetention: true,
          Retention: { Mode: "GOVERNANCE", RetainUntilDate: new Date(Date.now() + 60_000) },
        }),
      ),
    "default lock of one day": () =>
      writer.send(
        new s3.PutObjectLockConfigurationCommand({
          Bucket,
          ObjectLockConfiguration: {
            ObjectLockEnabled: "Enabled",
            Rule: { DefaultRetention: { Mode: "GOVERNANCE", Days: 1 } },
          },
        }),
      ),
    "versioning suspended": () =>
      writer.send(
        new s3.PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: "Suspended" } }),
      ),
    "lifecycle of one day": () =>
      writer.send(
        new s3.PutBucketLifecycleConfigurationCommand({
          Bucket,
          LifecycleConfiguration: {
            Rules: [{ ID: "x", Status: "Enabled", Filter: { Prefix: "" }, Expiration: { Days: 1 } }],
          },
        }),
      ),
    "policy removed": () => writer.send(new s3.DeleteBucketPolicyCommand({ Bucket })),
  };
  const outcomes: Record<string, string> = {};
  for (const [what, attempt] of Object.entries(attempts)) outcomes[what] = await outcomeOf(attempt());
  expect(outcomes).toEqual(Object.fromEntries(Object.keys(attempts).map((what) => [what, "AccessDenied"])));
  const admin = await clientOf("admin");
  const still = await admin.send(new s3.HeadObjectCommand({ Bucket, Key, VersionId }));
  expect(still.ObjectLockRetainUntilDate?.getTime() ?? 0).toBeGreaterThan(Date.now() + 6 * 86_400_000);
  if (lock !== null) expect(still.ObjectLockRetainUntilDate).toEqual(lock.Retention?.RetainUntilDate);
  see(
    `an object of ${label}: ${Object.keys(attempts).join(", ")}: AccessDenied each; locked until ${still.ObjectLockRetainUntilDate?.toISOString()}`,
  );
});

fault(32, file, async ({ see, undo }) => {
  const { config } = parse(await readFile(join(root, "Pulumi.offsite.yaml"), "utf8")) as {
    config: Record<string, Record<string, unknown>>;
  };
  const load = (more: Readonly<Record<string, unknown>>): string => {
    const changed = { ...config, "holdfast:offsite": { ...config["holdfast:offsite"], ...more } };
    try {
      loadConfig(sectionsFromPulumi(changed), { stack: "offsite", readSecretFile: () => "x" });
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
    return "loaded";
  };
  const wrong = [
    ["noncurrent versions kept for one day", { noncurrentDays: 1 }],
    ["a lock of one day", { lock: { mode: "GOVERNANCE", days: 1 } }],
    ["a lock as long as the retention", { lock: { mode: "GOVERNANCE", days: 14 } }],
  ] as const;
  expect(load({})).toBe("loaded");
  for (const [what, more] of wrong) {
    const message = load(more);
    expect(message, what).toMatch(/offsite\.(noncurrentDays|lock)/);
    see(
      `${what}: ${message
        .split("\n")
        .find((line) => /offsite\./.test(line))
        ?.trim()}`,
    );
  }
  // What the program refuses is done to the store itself.
  const admin = await clientOf("admin");
  const { Rules } = await admin.send(new s3.GetBucketLifecycleConfigurationCommand({ Bucket }));
  const put = (rules: typeof Rules) =>
    admin.send(
      new s3.PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration: { Rules: rules } }),
    );
  undo("the lifecycle", () => put(Rules));
  const shortened = (Rules ?? []).map((rule) =>
    rule.NoncurrentVersionExpiration === undefined
      ? rule
      : { ...rule, NoncurrentVersionExpiration: { NoncurrentDays: 1 } },
  );
  await put(shortened);
  const report = JSON.stringify(await statusReport());
  expect(report).toContain("keeps noncurrent versions 1 days (planned: 14 days)");
  see("set on the store itself: status says it keeps noncurrent versions 1 days (planned: 14 days)");
});
