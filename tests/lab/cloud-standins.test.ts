// The stand-in for aws on a real moto, one life for each type: created, read back without a difference, changed
// outside and seen, updated, imported, deleted. Does not prove what AWS itself would say (docs/proof-limits.md).
import { DeleteBucketEncryptionCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { motoRoot } from "../../lab/images/moto-root.ts";
import { createAwsProvider } from "../../lab/standins/aws/provider.ts";
import { type Moto, startMoto } from "../../lab/standins/moto.ts";
import type { Provider } from "../../provider/server/provider.ts";
import { reveal } from "../../provider/server/secrets.ts";
import { type PlainMap, UNKNOWN } from "../../provider/server/value.ts";

const REGION = "eu-central-1";
let moto: Moto;
let aws: Account;

beforeAll(async () => {
  moto = await startMoto((await motoRoot()).path);
  aws = new Account({});
});
afterAll(() => moto?.stop());

/** A configured provider, and its resources as the engine would hold them. */
class Account {
  readonly #provider: Provider<unknown>;

  constructor(config: PlainMap) {
    const env = {
      AWS_ENDPOINT_URL: moto.endpoint,
      AWS_ACCESS_KEY_ID: "lab",
      AWS_SECRET_ACCESS_KEY: "lab",
    };
    this.#provider = createAwsProvider(env) as Provider<unknown>;
    this.#provider.configure({
      region: REGION,
      defaultTags: JSON.stringify({ tags: { from: "holdfast" } }),
      ...config,
    });
  }

  #caller(type: string) {
    return { urn: `urn:pulumi:s::p::${type}::thing`, type, signal: AbortSignal.any([]), log: () => {} };
  }

  async check(type: string, inputs: PlainMap, old: PlainMap = {}): Promise<PlainMap> {
    const { inputs: checked, failures } = await this.#provider.check(this.#caller(type), old, inputs, {});
    expect(failures).toEqual([]);
    return reveal(checked);
  }

  async create(type: string, inputs: PlainMap): Promise<Made> {
    const checked = await this.check(type, inputs);
    const { id, outputs } = await this.#provider.create(this.#caller(type), checked, false);
    return { type, id, inputs: checked, outputs: reveal(outputs) };
  }

  async read({ type, id, inputs, outputs }: Made): Promise<Made | undefined> {
    const found = await this.#provider.read(this.#caller(type), id, inputs, outputs);
    if (found === undefined) return undefined;
    return { type, id: found.id, inputs: reveal(found.inputs), outputs: reveal(found.outputs) };
  }

  /** Paths that a preview would show, those that replace with a mark. */
  async diff(made: Made, wanted: PlainMap): Promise<readonly string[]> {
    const checked = await this.check(made.type, wanted, made.inputs);
    const { changes } = await this.#provider.diff(
      this.#caller(made.type),
      made.id,
      made.inputs,
      made.outputs,
      checked,
    );
    return changes.map(({ path, replace }) => (replace === true ? `${path} replaces` : path));
  }

  async update(made: Made, wanted: PlainMap): Promise<Made> {
    const inputs = await this.check(made.type, wanted, made.inputs);
    const { type, id } = made;
    const outputs = await this.#provider.update(
      this.#caller(type),
      id,
      inputs,
      made.inputs,
      made.outputs,
      false,
    );
    return { type, id, inputs, outputs: reveal(outputs) };
  }

  async preview(type: string, inputs: PlainMap): Promise<PlainMap> {
    const checked = await this.check(type, inputs);
    return reveal((await this.#provider.create(this.#caller(type), checked, true)).outputs);
  }

  async delete({ type, id, inputs, outputs }: Made): Promise<void> {
    await this.#provider.delete(this.#caller(type), id, inputs, outputs);
  }
}

interface Made {
  readonly type: string;
  readonly id: string;
  readonly inputs: PlainMap;
  readonly outputs: PlainMap;
}

const policyOf = (action: string): string =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Sid: "One", Effect: "Allow", Action: action, Resource: "*" }],
  });
const trust = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { Service: "s3.amazonaws.com" }, Action: "sts:AssumeRole" }],
});

interface Life {
  readonly type: string;
  readonly inputs: PlainMap;
  /** What an update changes, and the paths it shows. */
  readonly changed?: PlainMap;
  readonly shows?: readonly string[];
  readonly replaces: PlainMap;
  readonly replacing: string;
  /** No service tells it to an import. */
  readonly notImported?: readonly string[];
}

let number = 0;
/** Names that no other test has. */
const fresh = (what: string): string => `${what}-${++number}`;

async function versioned(name: string, lock = true): Promise<string> {
  await aws.create("aws:s3/bucket:Bucket", { bucket: name, objectLockEnabled: lock });
  await aws.create("aws:s3/bucketVersioning:BucketVersioning", {
    bucket: name,
    versioningConfiguration: { status: "Enabled" },
  });
  return name;
}

const replicationTo = (bucket: string, minutes: number): PlainMap => ({
  id: "all",
  status: "Enabled",
  priority: 1,
  filter: { prefix: "" },
  deleteMarkerReplication: { status: "Enabled" },
  sourceSelectionCriteria: { sseKmsEncryptedObjects: { status: "Enabled" } },
  destination: {
    bucket: `arn:aws:s3:::${bucket}`,
    account: "210987654321",
    accessControlTranslation: { owner: "Destination" },
    encryptionConfiguration: { replicaKmsKeyId: "arn:aws:kms:eu-west-1:210987654321:key/k" },
    metrics: { status: "Enabled", eventThreshold: { minutes } },
    replicationTime: { status: "Enabled", time: { minutes } },
  },
});
const lifecycle = (noncurrentDays: number): PlainMap => ({
  id: "old-versions",
  status: "Enabled",
  filter: { prefix: "" },
  noncurrentVersionExpiration: { noncurrentDays },
  abortIncompleteMultipartUpload: { daysAfterInitiation: 2 },
  expiration: { expiredObjectDeleteMarker: true },
});

const lives: readonly (readonly [string, () => Promise<Life>])[] = [
  [
    "s3.Bucket",
    async () => ({
      type: "aws:s3/bucket:Bucket",
      inputs: { bucket: fresh("plain"), objectLockEnabled: true, tags: { a: "1" } },
      changed: { tags: { a: "2" } },
      shows: ["tags.a", "tagsAll.a"],
      replaces: { bucket: "other" },
      replacing: "bucket replaces",
      notImported: ["forceDestroy"],
    }),
  ],
  [
    "s3.BucketVersioning",
    async () => {
      const bucket = fresh("versioning");
      await aws.create("aws:s3/bucket:Bucket", { bucket });
      return {
        type: "aws:s3/bucketVersioning:BucketVersioning",
        inputs: { bucket, versioningConfiguration: { status: "Enabled" } },
        changed: { versioningConfiguration: { status: "Suspended" } },
        shows: ["versioningConfiguration.status"],
        replaces: { bucket: "other" },
        replacing: "bucket replaces",
      };
    },
  ],
  [
    "s3.BucketObjectLockConfiguration",
    async () => ({
      type: "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration",
      inputs: {
        bucket: await versioned(fresh("lock")),
        rule: { defaultRetention: { mode: "COMPLIANCE", days: 7 } },
      },
      changed: { rule: { defaultRetention: { mode: "COMPLIANCE", days: 8 } } },
      shows: ["rule.defaultRetention.days"],
      replaces: { bucket: "other" },
      replacing: "bucket replaces",
    }),
  ],
  [
    "s3.BucketServerSideEncryptionConfiguration",
    async () => ({
      type: "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
      inputs: {
        bucket: await versioned(fresh("encryption")),
        rules: [
          {
            applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms", kmsMasterKeyId: "key" },
            bucketKeyEnabled: true,
          },
        ],
      },
      changed: { rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } }] },
      shows: [
        "rules[0].applyServerSideEncryptionByDefault.sseAlgorithm",
        "rules[0].applyServerSideEncryptionByDefault.kmsMasterKeyId",
        "rules[0].bucketKeyEnabled",
      ],
      replaces: { bucket: "other" },
      replacing: "bucket replaces",
    }),
  ],
  [
    "s3.BucketPublicAccessBlock",
    async () => ({
      type: "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
      inputs: {
        bucket: await versioned(fresh("private")),
        blockPublicAcls: true,
        blockPublicPolicy: true,
        ignorePublicAcls: true,
        restrictPublicBuckets: true,
      },
      changed: { restrictPublicBuckets: false },
      shows: ["restrictPublicBuckets"],
      replaces: { bucket: "other" },
      replacing: "bucket replaces",
    }),
  ],
  [
    "s3.BucketOwnershipControls",
    async () => ({
      type: "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
      inputs: { bucket: await versioned(fresh("owned")), rule: { objectOwnership: "BucketOwnerEnforced" } },
      changed: { rule: { objectOwnership: "BucketOwnerPreferred" } },
      shows: ["rule.objectOwnership"],
      replaces: { bucket: "other" },
      replacing: "bucket replaces",
    }),
  ],
  [
    "s3.BucketPolicy",
    async () => ({
      type: "aws:s3/bucketPolicy:BucketPolicy",
      inputs: { bucket: await versioned(fresh("policy")), policy: policyOf("s3:GetObject") },
      changed: { policy: policyOf("s3:PutObject") },
      shows: ["policy"],
      replaces: { bucket: "other" },
      replacing: "bucket replaces",
    }),
  ],
  [
    "s3.BucketLifecycleConfiguration",
    async () => ({
      type: "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
      inputs: { bucket: await versioned(fresh("lifecycle")), rules: [lifecycle(30)] },
      changed: { rules: [lifecycle(31)] },
      shows: ["rules[0].noncurrentVersionExpiration.noncurrentDays"],
      replaces: { bucket: "other" },
      replacing: "bucket replaces",
    }),
  ],
  [
    "s3.BucketLogging",
    async () => {
      const targetBucket = await versioned(fresh("logs"), false);
      const policy = JSON.stringify({
        Version: "2012-10-17",
        Statement: [
          {
            Effect: "Allow",
            Principal: { Service: "logging.s3.amazonaws.com" },
            Action: "s3:PutObject",
            Resource: `arn:aws:s3:::${targetBucket}/*`,
          },
        ],
      });
      await aws.create("aws:s3/bucketPolicy:BucketPolicy", { bucket: targetBucket, policy });
      return {
        type: "aws:s3/bucketLogging:BucketLogging",
        inputs: { bucket: await versioned(fresh("logged")), targetBucket, targetPrefix: "a/" },
        changed: { targetPrefix: "b/" },
        shows: ["targetPrefix"],
        replaces: { bucket: "other" },
        replacing: "bucket replaces",
      };
    },
  ],
  [
    "s3.BucketReplicationConfig",
    async () => {
      const target = await versioned(fresh("replica"));
      return {
        type: "aws:s3/bucketReplicationConfig:BucketReplicationConfig",
        inputs: {
          bucket: await versioned(fresh("replicated")),
          role: "arn:aws:iam::123456789012:role/replication",
          rules: [replicationTo(target, 15)],
        },
        changed: { rules: [replicationTo(target, 16)] },
        shows: [
          "rules[0].destination.metrics.eventThreshold.minutes",
          "rules[0].destination.replicationTime.time.minutes",
        ],
        replaces: { bucket: "other" },
        replacing: "bucket replaces",
      };
    },
  ],
  [
    "kms.Key",
    async () => ({
      type: "aws:kms/key:Key",
      inputs: {
        description: "one",
        policy: policyOf("kms:*"),
        enableKeyRotation: true,
        deletionWindowInDays: 7,
        tags: { a: "1" },
      },
      changed: { description: "two", tags: {} },
      shows: ["description", "tags.a", "tagsAll.a"],
      replaces: { multiRegion: true },
      replacing: "multiRegion replaces",
      notImported: ["deletionWindowInDays"],
    }),
  ],
  [
    "kms.Alias",
    async () => ({
      type: "aws:kms/alias:Alias",
      inputs: { name: `alias/${fresh("key")}`, targetKeyId: (await aws.create("aws:kms/key:Key", {})).id },
      changed: { targetKeyId: (await aws.create("aws:kms/key:Key", {})).id },
      shows: ["targetKeyId"],
      replaces: { name: "alias/other" },
      replacing: "name replaces",
    }),
  ],
  [
    "iam.Role",
    async () => ({
      type: "aws:iam/role:Role",
      inputs: { name: fresh("role"), assumeRolePolicy: trust, description: "one", maxSessionDuration: 7200 },
      changed: { description: "two", maxSessionDuration: 3600 },
      shows: ["description", "maxSessionDuration"],
      replaces: { path: "/deep/" },
      replacing: "path replaces",
    }),
  ],
  [
    "iam.RolePolicy",
    async () => {
      const role = (await aws.create("aws:iam/role:Role", { name: fresh("role"), assumeRolePolicy: trust }))
        .id;
      return {
        type: "aws:iam/rolePolicy:RolePolicy",
        inputs: { name: "inline", role, policy: policyOf("s3:GetObject") },
        changed: { policy: policyOf("s3:PutObject") },
        shows: ["policy"],
        replaces: { name: "other" },
        replacing: "name replaces",
      };
    },
  ],
  [
    "iam.RolePolicyAttachment",
    async () => {
      const role = (await aws.create("aws:iam/role:Role", { name: fresh("role"), assumeRolePolicy: trust }))
        .id;
      const policy = { name: fresh("policy"), policy: policyOf("s3:GetObject") };
      return {
        type: "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
        inputs: { role, policyArn: (await aws.create("aws:iam/policy:Policy", policy)).id },
        replaces: { role: "other" },
        replacing: "role replaces",
      };
    },
  ],
  [
    "iam.Policy",
    async () => ({
      type: "aws:iam/policy:Policy",
      inputs: {
        name: fresh("policy"),
        policy: policyOf("s3:GetObject"),
        description: "one",
        tags: { a: "1" },
      },
      changed: { policy: policyOf("s3:PutObject"), tags: { a: "2" } },
      shows: ["policy", "tags.a", "tagsAll.a"],
      replaces: { description: "two" },
      replacing: "description replaces",
    }),
  ],
  [
    "iam.User",
    async () => ({
      type: "aws:iam/user:User",
      inputs: { name: fresh("user") },
      changed: { tags: { a: "1" } },
      shows: ["tags", "tagsAll.a"],
      replaces: { name: "other" },
      replacing: "name replaces",
    }),
  ],
  [
    "iam.UserPolicy",
    async () => ({
      type: "aws:iam/userPolicy:UserPolicy",
      inputs: {
        name: "inline",
        user: (await aws.create("aws:iam/user:User", { name: fresh("user") })).id,
        policy: policyOf("s3:GetObject"),
      },
      changed: { policy: policyOf("s3:PutObject") },
      shows: ["policy"],
      replaces: { user: "other" },
      replacing: "user replaces",
    }),
  ],
  [
    "iam.UserPolicyAttachment",
    async () => {
      const user = (await aws.create("aws:iam/user:User", { name: fresh("user") })).id;
      const policy = { name: fresh("policy"), policy: policyOf("s3:GetObject") };
      return {
        type: "aws:iam/userPolicyAttachment:UserPolicyAttachment",
        inputs: { user, policyArn: (await aws.create("aws:iam/policy:Policy", policy)).id },
        replaces: { user: "other" },
        replacing: "user replaces",
      };
    },
  ],
  [
    "iam.OpenIdConnectProvider",
    async () => ({
      type: "aws:iam/openIdConnectProvider:OpenIdConnectProvider",
      inputs: {
        url: `https://${fresh("issuer")}.example.com/id`,
        clientIdLists: ["sts.amazonaws.com"],
        thumbprintLists: ["a".repeat(40)],
      },
      changed: { thumbprintLists: ["b".repeat(40)] },
      shows: ["thumbprintLists[0]"],
      replaces: { url: "https://other.example.com" },
      replacing: "url replaces",
    }),
  ],
  [
    "route53.Zone",
    async () => ({
      type: "aws:route53/zone:Zone",
      inputs: { name: `${fresh("zone")}.test`, comment: "one" },
      changed: { comment: "two", tags: { a: "1" } },
      shows: ["comment", "tags", "tagsAll.a"],
      replaces: { name: "other.test" },
      replacing: "name replaces",
      notImported: ["forceDestroy"],
    }),
  ],
  [
    "route53.HealthCheck",
    async () => ({
      type: "aws:route53/healthCheck:HealthCheck",
      inputs: {
        type: "HTTPS",
        ipAddress: "198.51.100.7",
        fqdn: "erp.example.test",
        port: 443,
        resourcePath: "/health",
        requestInterval: 10,
        failureThreshold: 2,
        enableSni: true,
        disabled: true,
        invertHealthcheck: true,
        tags: { Name: "one" },
      },
      changed: { disabled: false, invertHealthcheck: false },
      shows: ["disabled", "invertHealthcheck"],
      replaces: { requestInterval: 30 },
      replacing: "requestInterval replaces",
    }),
  ],
  [
    "route53.Record",
    async () => {
      const zone = `${fresh("records")}.test`;
      return {
        type: "aws:route53/record:Record",
        inputs: {
          zoneId: (await aws.create("aws:route53/zone:Zone", { name: zone })).id,
          name: `erp.${zone}`,
          type: "A",
          ttl: 5,
          records: ["198.51.100.7"],
          setIdentifier: "primary",
          weightedRoutingPolicies: [{ weight: 100 }],
        },
        changed: { weightedRoutingPolicies: [{ weight: 0 }] },
        shows: ["weightedRoutingPolicies[0].weight"],
        replaces: { setIdentifier: "dr" },
        replacing: "setIdentifier replaces",
      };
    },
  ],
];

test.each(lives)("%s lives: created, read, imported, changed, deleted", async (_name, prepare) => {
  const life = await prepare();
  const preview = await aws.preview(life.type, life.inputs);
  const made = await aws.create(life.type, life.inputs);
  for (const name of Object.keys(made.outputs)) {
    // What the service makes up is unknown in a preview; what is known there comes out the same.
    if (!(name in life.inputs)) continue;
    expect(preview[name], name).toEqual(made.outputs[name]);
  }
  const read = await aws.read(made);
  expect(read).toEqual(made);
  expect(await aws.diff(made, life.inputs)).toEqual([]);
  expect(await aws.diff(made, { ...life.inputs, ...life.replaces })).toContain(life.replacing);

  const imported = await aws.read({ ...made, inputs: {}, outputs: {} });
  if (imported === undefined) throw new Error("nothing to import");
  const missing = life.notImported ?? [];
  const wanted = Object.fromEntries(Object.entries(life.inputs).filter(([name]) => !missing.includes(name)));
  expect(await aws.diff(imported, wanted)).toEqual([]);

  if (life.changed !== undefined) {
    const changed = { ...life.inputs, ...life.changed };
    expect([...(await aws.diff(made, changed))].sort()).toEqual([...(life.shows ?? [])].sort());
    const updated = await aws.update(made, changed);
    expect(await aws.read(updated)).toEqual(updated);
    // As it was before: the state that does not know of the change sees it.
    const drifted = await aws.read(made);
    if (drifted === undefined) throw new Error("gone after an update");
    expect((await aws.diff(drifted, life.inputs)).length).toBeGreaterThan(0);
  }
  await aws.delete(made);
  if (life.type.includes("Versioning")) return;
  expect(await aws.read(made)).toBeUndefined();
  // Twice is as good as once.
  await aws.delete(made);
});

test("iam.AccessKey: its secret is given once, kept, and secret", async () => {
  const type = "aws:iam/accessKey:AccessKey";
  const user = (await aws.create("aws:iam/user:User", { name: fresh("user") })).id;
  expect((await aws.preview(type, { user })).secret).toBe(UNKNOWN);
  const made = await aws.create(type, { user });
  expect(String(made.outputs.secret).length).toBeGreaterThan(20);
  expect(await aws.read(made)).toEqual(made);
  const off = await aws.update(made, { user, status: "Inactive" });
  expect((await aws.read(off))?.inputs.status).toBe("Inactive");
  expect(off.outputs.secret).toBe(made.outputs.secret);
  await aws.delete(off);
  expect(await aws.read(off)).toBeUndefined();
});

describe("what the service refuses", () => {
  test("a bucket with objects, unless forceDestroy says to empty it", async () => {
    const bucket = await versioned(fresh("full"), false);
    const s3 = new S3Client({
      endpoint: moto.endpoint,
      region: REGION,
      forcePathStyle: true,
      credentials: { accessKeyId: "lab", secretAccessKey: "lab" },
    });
    for (const Body of ["one", "two"])
      await s3.send(new PutObjectCommand({ Bucket: bucket, Key: "a", Body }));
    const made: Made = {
      type: "aws:s3/bucket:Bucket",
      id: bucket,
      inputs: { bucket, region: REGION },
      outputs: {},
    };
    await expect(aws.delete(made)).rejects.toThrow(/not empty/u);
    await aws.delete({ ...made, inputs: { ...made.inputs, forceDestroy: true } });
    expect(await aws.read({ ...made, outputs: { arn: "x" } })).toBeUndefined();
  });

  test("a role with a policy, unless it detaches them", async () => {
    const role = await aws.create("aws:iam/role:Role", { name: fresh("role"), assumeRolePolicy: trust });
    const policy = { name: "inline", role: role.id, policy: policyOf("s3:GetObject") };
    await aws.create("aws:iam/rolePolicy:RolePolicy", policy);
    await expect(aws.delete(role)).rejects.toThrow(/must delete policies|DeleteConflict/u);
    await aws.delete({ ...role, inputs: { ...role.inputs, forceDetachPolicies: true } });
    expect(await aws.read(role)).toBeUndefined();
  });

  test("a weighted record beside a simple one, and the other way round", async () => {
    const zone = `${fresh("mixed")}.test`;
    const zoneId = (await aws.create("aws:route53/zone:Zone", { name: zone })).id;
    const simple = { zoneId, name: `a.${zone}`, type: "A", ttl: 5, records: ["198.51.100.7"] };
    const weighted = { ...simple, setIdentifier: "dr", weightedRoutingPolicies: [{ weight: 1 }] };
    await aws.create("aws:route53/record:Record", simple);
    await expect(aws.create("aws:route53/record:Record", weighted)).rejects.toThrow(/InvalidChangeBatch/u);
    const other = { ...weighted, name: `b.${zone}` };
    await aws.create("aws:route53/record:Record", other);
    await expect(aws.create("aws:route53/record:Record", { ...simple, name: other.name })).rejects.toThrow(
      /InvalidChangeBatch/u,
    );
  });

  test("replication before versioning", async () => {
    const [bucket, target] = [fresh("unversioned"), fresh("target")];
    for (const name of [bucket, target]) await aws.create("aws:s3/bucket:Bucket", { bucket: name });
    const inputs = { bucket, role: "arn:aws:iam::123456789012:role/r", rules: [replicationTo(target, 15)] };
    await expect(
      aws.create("aws:s3/bucketReplicationConfig:BucketReplicationConfig", inputs),
    ).rejects.toThrow(/[Vv]ersioning/u);
  });
});

describe("regions, accounts and tags", () => {
  test("a resource lies in its own region, and a change of it replaces", async () => {
    const bucket = fresh("away");
    const made = await aws.create("aws:s3/bucket:Bucket", { bucket, region: "eu-west-1" });
    expect(made.outputs.bucketRegion).toBe("eu-west-1");
    expect(await aws.diff(made, { bucket })).toEqual(["region replaces"]);
    const imported = await aws.read({ ...made, id: `${bucket}@eu-west-1`, inputs: {}, outputs: {} });
    expect(imported?.id).toBe(bucket);
    expect(await aws.diff(imported as Made, { bucket, region: "eu-west-1" })).toEqual([]);
    const key = await aws.create("aws:kms/key:Key", { region: "eu-west-1" });
    expect(key.outputs.arn).toContain(":eu-west-1:");
  });

  test("default tags are set with a resource's own, and an own one wins", async () => {
    const made = await aws.create("aws:s3/bucket:Bucket", {
      bucket: fresh("tagged"),
      tags: { from: "me", a: "1" },
    });
    expect(made.outputs.tagsAll).toEqual({ from: "me", a: "1" });
    const plain = await aws.create("aws:s3/bucket:Bucket", { bucket: fresh("tagged") });
    expect(plain.outputs.tagsAll).toEqual({ from: "holdfast" });
    const imported = await aws.read({ ...plain, inputs: {}, outputs: {} });
    expect(imported?.inputs.tags).toBeUndefined();
  });

  test("an assumed role leads to its account, and the wrong account is refused", async () => {
    const assumeRoles = JSON.stringify([{ roleArn: "arn:aws:iam::210987654321:role/replica" }]);
    const replica = new Account({ assumeRoles, allowedAccountIds: JSON.stringify(["210987654321"]) });
    const key = await replica.create("aws:kms/key:Key", {});
    expect(key.outputs.arn).toContain(":210987654321:");
    expect(await aws.read(key)).toBeUndefined();
    const wrong = new Account({ assumeRoles, allowedAccountIds: JSON.stringify(["111111111111"]) });
    await expect(wrong.create("aws:kms/key:Key", {})).rejects.toThrow(/210987654321 is not allowed/u);
  });

  test("a setting taken away outside is created again", async () => {
    const bucket = await versioned(fresh("tampered"));
    const made = await aws.create(
      "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
      { bucket, rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } }] },
    );
    const s3 = new S3Client({
      endpoint: moto.endpoint,
      region: REGION,
      forcePathStyle: true,
      credentials: { accessKeyId: "lab", secretAccessKey: "lab" },
    });
    await s3.send(new DeleteBucketEncryptionCommand({ Bucket: bucket }));
    expect(await aws.read(made)).toBeUndefined();
  });
});
