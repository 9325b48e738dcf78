// Shows: what the third place at AWS registers, with which provider, in which order. Does not show that AWS takes it
// or obeys: docs/proof-limits.md. Whom the policies let do what is judged in tests/plan/aws-iam*.test.ts.
import { describe, expect, it } from "vitest";
import { deploy, one, type Registered } from "./deploy.ts";

const directory = "examples/aws-route53";
const locked = ["repository", "records", "documents"] as const;

async function offsite(changes: Record<string, unknown> = {}): Promise<readonly Registered[]> {
  return (await deploy("offsite", undefined, changes, directory)).resources;
}

function aws(name: string): string {
  const [module = "", type = ""] = name.split("/");
  return `aws:${module}/${type.charAt(0).toLowerCase()}${type.slice(1)}:${type}`;
}

describe("the third place at AWS", () => {
  it("is AWS's alone: no provider of holdfast's, no Kubernetes", async () => {
    const resources = await offsite();
    const providers = resources.filter(({ type }) => type.startsWith("pulumi:providers:"));
    expect(providers.map(({ name }) => name).sort()).toEqual(["aws", "aws-replica"]);
    expect(
      resources.filter(
        ({ custom, provider, type }) => custom && !type.startsWith("pulumi:") && provider === "",
      ),
    ).toEqual([]);
  });

  it("may touch two accounts, each by its own provider, and takes a role in the other", async () => {
    const resources = await offsite();
    const main = one(resources, "pulumi:providers:aws", "aws");
    const replica = one(resources, "pulumi:providers:aws", "aws-replica");
    expect(JSON.parse(main.inputs.allowedAccountIds)).toEqual(["111111111111"]);
    expect(main.inputs).toMatchObject({ region: "eu-central-1" });
    expect(main.inputs).not.toHaveProperty("assumeRoles");
    expect(JSON.parse(replica.inputs.allowedAccountIds)).toEqual(["222222222222"]);
    expect(replica.inputs).toMatchObject({ region: "eu-west-1" });
    expect(JSON.parse(replica.inputs.assumeRoles)).toEqual([
      { roleArn: "arn:aws:iam::222222222222:role/holdfast-replica" },
    ]);
    for (const { name, provider, type } of resources) {
      if (!type.startsWith("aws:")) continue;
      const isThere = /-replica(-|$)|^replica-/.test(name);
      expect(provider, name).toContain(isThere ? "::aws-replica" : "::aws::");
    }
  });

  it.each(locked)("locks %s, versions it, and encrypts it with the key of the place", async (bucket) => {
    const resources = await offsite();
    const name = `example-holdfast-${bucket}`;
    expect(one(resources, aws("s3/Bucket"), bucket).inputs).toEqual({
      bucket: name,
      objectLockEnabled: true,
      forceDestroy: false,
    });
    expect(one(resources, aws("s3/BucketVersioning"), `${bucket}-versioning`).inputs).toEqual({
      bucket: name,
      versioningConfiguration: { status: "Enabled" },
    });
    const lock = one(resources, aws("s3/BucketObjectLockConfiguration"), `${bucket}-lock`);
    expect(lock.inputs).toEqual({
      bucket: name,
      rule: { defaultRetention: { mode: "COMPLIANCE", days: 7 } },
    });
    expect(lock.dependencies).toContain(
      one(resources, aws("s3/BucketVersioning"), `${bucket}-versioning`).urn,
    );
    expect(
      one(resources, aws("s3/BucketServerSideEncryptionConfiguration"), `${bucket}-encryption`).inputs.rules,
    ).toEqual([
      {
        applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms", kmsMasterKeyId: "arn of offsite-key" },
        bucketKeyEnabled: true,
      },
    ]);
  });

  it.each(locked)("takes nothing of %s by age but what nothing refers to any more", async (bucket) => {
    const { rules } = one(
      await offsite(),
      aws("s3/BucketLifecycleConfiguration"),
      `${bucket}-lifecycle`,
    ).inputs;
    expect(rules).toEqual([
      {
        id: "unfinished-uploads",
        status: "Enabled",
        filter: { prefix: "" },
        abortIncompleteMultipartUpload: { daysAfterInitiation: 2 },
      },
      {
        id: "noncurrent-versions",
        status: "Enabled",
        filter: { prefix: "" },
        noncurrentVersionExpiration: { noncurrentDays: 14 },
        expiration: { expiredObjectDeleteMarker: true },
      },
    ]);
  });

  it("closes every bucket to the public, and its policy comes after", async () => {
    const resources = await offsite();
    const buckets = resources.filter(({ type }) => type === aws("s3/Bucket"));
    expect(buckets.map(({ name }) => name).sort()).toEqual([
      "control",
      "documents",
      "documents-replica",
      "logs",
      "records",
      "records-replica",
      "repository",
      "repository-replica",
    ]);
    for (const { name } of buckets) {
      const access = one(resources, aws("s3/BucketPublicAccessBlock"), `${name}-public-access`);
      expect(access.inputs).toMatchObject({
        blockPublicAcls: true,
        blockPublicPolicy: true,
        ignorePublicAcls: true,
        restrictPublicBuckets: true,
      });
      const ownership = one(resources, aws("s3/BucketOwnershipControls"), `${name}-ownership`);
      expect(ownership.inputs.rule).toEqual({ objectOwnership: "BucketOwnerEnforced" });
      const policy = one(resources, aws("s3/BucketPolicy"), `${name}-policy`);
      expect(policy.dependencies).toEqual(expect.arrayContaining([access.urn, ownership.urn]));
    }
  });

  it.each(locked)("copies %s, markers and all, to the other account's bucket and key", async (bucket) => {
    const resources = await offsite();
    const replication = one(resources, aws("s3/BucketReplicationConfig"), `${bucket}-replication`);
    expect(replication.inputs).toEqual({
      bucket: `example-holdfast-${bucket}`,
      role: "arn of replication-role",
      rules: [
        {
          id: "everything",
          status: "Enabled",
          priority: 1,
          filter: { prefix: "" },
          deleteMarkerReplication: { status: "Enabled" },
          sourceSelectionCriteria: { sseKmsEncryptedObjects: { status: "Enabled" } },
          destination: {
            bucket: `arn of ${bucket}-replica`,
            account: "222222222222",
            accessControlTranslation: { owner: "Destination" },
            encryptionConfiguration: { replicaKmsKeyId: "arn of replica-key" },
            metrics: { status: "Enabled", eventThreshold: { minutes: 15 } },
            replicationTime: { status: "Enabled", time: { minutes: 15 } },
          },
        },
      ],
    });
    // AWS refuses it while either side has no versions; and the role's policy and the bucket's let it in.
    for (const [type, name] of [
      [aws("s3/BucketVersioning"), `${bucket}-versioning`],
      [aws("s3/BucketVersioning"), `${bucket}-replica-versioning`],
      [aws("s3/BucketPolicy"), `${bucket}-replica-policy`],
      [aws("iam/RolePolicy"), "replication-role-policy"],
    ] as const)
      expect(replication.dependencies).toContain(one(resources, type, name).urn);
    expect(one(resources, aws("s3/BucketObjectLockConfiguration"), `${bucket}-replica-lock`).inputs).toEqual({
      bucket: `example-holdfast-${bucket}-replica`,
      rule: { defaultRetention: { mode: "COMPLIANCE", days: 7 } },
    });
  });

  it("asks for no other owner within one account: S3 refuses that", async () => {
    const resources = await offsite({
      "offsite.replica.accountId": "111111111111",
      "offsite.replica.roleArn": "arn:aws:iam::111111111111:role/holdfast-replica",
      "offsite.replica.administrators": ["arn:aws:iam::111111111111:role/holdfast-replica"],
      "offsite.replica.timeControl": false,
    });
    const { rules } = one(resources, aws("s3/BucketReplicationConfig"), "repository-replication").inputs;
    expect(Object.keys(rules[0].destination).sort()).toEqual(["bucket", "encryptionConfiguration"]);
  });

  it("does not copy epoch and lease: a copy that lags names an owner of yesterday", async () => {
    const resources = await offsite();
    expect(resources.filter(({ name }) => name.startsWith("control-replica"))).toEqual([]);
    expect(one(resources, aws("s3/Bucket"), "control").inputs).toMatchObject({ objectLockEnabled: false });
    expect(resources.filter(({ name }) => name === "control-versioning" || name === "control-lock")).toEqual(
      [],
    );
  });

  it("logs access to each bucket into one that logs itself nowhere", async () => {
    const resources = await offsite();
    for (const bucket of [...locked, "control"]) {
      const logging = one(resources, aws("s3/BucketLogging"), `${bucket}-logging`);
      expect(logging.inputs).toMatchObject({
        targetBucket: "example-holdfast-logs",
        targetPrefix: `${bucket}/`,
      });
      expect(logging.dependencies).toContain(one(resources, aws("s3/BucketPolicy"), "logs-policy").urn);
    }
    expect(resources.filter(({ name }) => name === "logs-logging")).toEqual([]);
    const { rules } = one(resources, aws("s3/BucketLifecycleConfiguration"), "logs-lifecycle").inputs;
    expect(rules.at(-1)).toMatchObject({ id: "old-logs", expiration: { days: 400 } });
    // Log delivery takes no key of ours.
    expect(
      one(resources, aws("s3/BucketServerSideEncryptionConfiguration"), "logs-encryption").inputs.rules,
    ).toEqual([{ applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } }]);
  });

  it("has keys that turn, wait, and have the names that policies call them by", async () => {
    const resources = await offsite();
    for (const [key, alias] of [
      ["offsite-key", "alias/example-holdfast-offsite"],
      ["replica-key", "alias/example-holdfast-replica"],
    ] as const) {
      expect(one(resources, aws("kms/Key"), key).inputs).toMatchObject({
        enableKeyRotation: true,
        deletionWindowInDays: 30,
      });
      expect(one(resources, aws("kms/Alias"), `${key}-alias`).inputs).toEqual({
        name: alias,
        targetKeyId: `key of ${key}`,
      });
    }
  });

  it.each([true, false])("protects what holds data, its settings and its keys: %j", async (protect) => {
    const resources = await offsite({ "offsite.protect": protect });
    const kept = resources.filter(({ type }) => type.startsWith("aws:s3/") || type.startsWith("aws:kms/"));
    expect(kept.length).toBeGreaterThan(40);
    for (const { name, ...resource } of kept)
      expect([resource.protect, resource.retainOnDelete], name).toEqual([protect, protect]);
  });

  it("makes roles and users, no key of theirs, and no user for the keeper", async () => {
    const resources = await offsite();
    const of = (type: string) =>
      resources
        .filter((resource) => resource.type === aws(type))
        .map(({ name }) => name)
        .sort();
    expect(of("iam/Role")).toEqual([
      "documents-role",
      "keeper-role",
      "reader-role",
      "recorder-role",
      "replication-role",
      "writer-role",
    ]);
    expect(of("iam/User")).toEqual(["documents-user", "reader-user", "recorder-user", "writer-user"]);
    expect(of("iam/UserPolicy")).toHaveLength(4);
    expect(resources.filter(({ type }) => type.includes("accessKey"))).toEqual([]);
  });

  it("makes no role that nobody may take", async () => {
    const resources = await offsite({ "offsite.identities.keepers": [] });
    expect(resources.filter(({ name }) => name.startsWith("keeper-"))).toEqual([]);
  });
});
