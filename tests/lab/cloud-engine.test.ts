// The CLI, the language host and the stand-ins for aws and cloudflare on a program that uses them as ours does:
// previews, ups, drift, updates, order of deletes. Needs no Kubernetes. Does not prove what the real clouds say.
import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import {
  DeleteBucketPolicyCommand,
  DeleteObjectsCommand,
  HeadBucketCommand,
  ListBucketsCommand,
  ListObjectVersionsCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type CloudEngine, makeProject, startCloudEngine } from "./support/cloud-engine.ts";

const ZONE = "engine.test";
const PRIMARY = "198.51.100.1";
const DR = "198.51.100.2";
let engine: CloudEngine;
let s3: S3Client;

beforeAll(async () => {
  engine = await startCloudEngine(ZONE);
  const credentials = { accessKeyId: "lab", secretAccessKey: "lab" };
  s3 = new S3Client({
    endpoint: engine.moto.endpoint,
    region: "eu-central-1",
    forcePathStyle: true,
    credentials,
  });
});
afterAll(() => engine?.stop());

/** Of so many answers, how many are each address. */
async function shares(name: string): Promise<Readonly<Record<string, number>>> {
  const counts: Record<string, number> = {};
  for (const address of await engine.names.ask(name, 60)) counts[address] = (counts[address] ?? 0) + 1;
  return counts;
}

async function edit(folder: string, from: string | RegExp, to: string): Promise<void> {
  const file = path.join(folder, "index.ts");
  const source = await readFile(file, "utf8");
  const changed = source.replace(from, to);
  expect(changed).not.toBe(source);
  await writeFile(file, changed);
}

describe("aws: buckets, keys and identities", () => {
  const program = `
import * as pulumi from "@pulumi/pulumi";
import { Provider } from "@pulumi/aws/provider.js";
import { Bucket } from "@pulumi/aws/s3/bucket.js";
import { BucketLifecycleConfiguration } from "@pulumi/aws/s3/bucketLifecycleConfiguration.js";
import { BucketObjectLockConfiguration } from "@pulumi/aws/s3/bucketObjectLockConfiguration.js";
import { BucketPolicy } from "@pulumi/aws/s3/bucketPolicy.js";
import { BucketReplicationConfig } from "@pulumi/aws/s3/bucketReplicationConfig.js";
import { BucketServerSideEncryptionConfiguration } from "@pulumi/aws/s3/bucketServerSideEncryptionConfiguration.js";
import { BucketVersioning } from "@pulumi/aws/s3/bucketVersioning.js";
import { Key } from "@pulumi/aws/kms/key.js";
import { AccessKey } from "@pulumi/aws/iam/accessKey.js";
import { Role } from "@pulumi/aws/iam/role.js";
import { RolePolicy } from "@pulumi/aws/iam/rolePolicy.js";
import { User } from "@pulumi/aws/iam/user.js";
import { UserPolicy } from "@pulumi/aws/iam/userPolicy.js";

const tags = { tags: { "managed-by": "holdfast" } };
const main = new Provider("main", { region: "eu-central-1", allowedAccountIds: ["123456789012"], defaultTags: tags });
const away = new Provider("away", {
  region: "eu-west-1",
  allowedAccountIds: ["210987654321"],
  assumeRoles: [{ roleArn: "arn:aws:iam::210987654321:role/replica" }],
});
const opts = { provider: main };
function vault(name: string, provider: Provider, days: number) {
  const key = new Key(name, { description: name, enableKeyRotation: true, deletionWindowInDays: 7 }, { provider });
  const bucket = new Bucket(name, { bucket: "engine-" + name, objectLockEnabled: true }, { provider });
  const versioning = new BucketVersioning(name, { bucket: bucket.id, versioningConfiguration: { status: "Enabled" } }, { provider });
  new BucketObjectLockConfiguration(name, { bucket: bucket.id, rule: { defaultRetention: { mode: "GOVERNANCE", days: 1 } } }, { provider, dependsOn: versioning });
  new BucketServerSideEncryptionConfiguration(name, { bucket: bucket.id, rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms", kmsMasterKeyId: key.arn }, bucketKeyEnabled: true }] }, { provider });
  new BucketLifecycleConfiguration(name, { bucket: bucket.id, rules: [{ id: "old", status: "Enabled", filter: { prefix: "" }, noncurrentVersionExpiration: { noncurrentDays: days } }] }, { provider, dependsOn: versioning });
  return { key, bucket, versioning };
}
const days = 30;
const own = vault("own", main, days);
const replica = vault("replica", away, days);
new BucketPolicy("own", { bucket: own.bucket.id, policy: pulumi.jsonStringify({ Version: "2012-10-17", Statement: [{ Effect: "Deny", Principal: "*", Action: "s3:DeleteObjectVersion", Resource: pulumi.interpolate\`\${own.bucket.arn}/*\` }] }) }, opts);
const trust = JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Principal: { Service: "s3.amazonaws.com" }, Action: "sts:AssumeRole" }] });
const allow = (action: string) => JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: action, Resource: "*" }] });
const role = new Role("replication", { name: "replication", assumeRolePolicy: trust }, opts);
const rolePolicy = new RolePolicy("replication", { role: role.id, policy: allow("s3:ReplicateObject") }, opts);
new BucketReplicationConfig("own", { bucket: own.bucket.id, role: role.arn, rules: [{ id: "all", status: "Enabled", priority: 1, filter: { prefix: "" }, deleteMarkerReplication: { status: "Disabled" }, sourceSelectionCriteria: { sseKmsEncryptedObjects: { status: "Enabled" } }, destination: { bucket: replica.bucket.arn, account: "210987654321", accessControlTranslation: { owner: "Destination" }, encryptionConfiguration: { replicaKmsKeyId: replica.key.arn } } }] }, { provider: main, dependsOn: [own.versioning, replica.versioning, rolePolicy] });
const user = new User("writer", { name: "writer" }, opts);
new UserPolicy("writer", { user: user.name, policy: allow("s3:PutObject") }, opts);
const accessKey = new AccessKey("writer", { user: user.name }, opts);
export const secret = accessKey.secret;
export const replicaKey = replica.key.arn;
export const tagsAll = own.bucket.tagsAll;
// more
`;
  let folder: string;
  beforeAll(async () => {
    folder = await makeProject(engine, "storage", program);
  });
  const pulumi = (...args: readonly string[]) => engine.run(folder, ...args);

  test("a preview makes nothing, an up makes all of it, and the next one has nothing to do", async () => {
    expect(await pulumi("preview")).toMatch(/\+ 22 to create/u);
    expect((await s3.send(new ListBucketsCommand({}))).Buckets ?? []).toEqual([]);
    expect(await pulumi("up", "--yes", "--skip-preview")).toMatch(/\+ 22 created/u);
    await s3.send(new HeadBucketCommand({ Bucket: "engine-own" }));
    await pulumi("up", "--yes", "--skip-preview", "--expect-no-changes");
    await pulumi("refresh", "--yes", "--expect-no-changes");
  });

  test("the replica lies in its own account and region; tags are the provider's; the secret is not in clear", async () => {
    expect(await pulumi("stack", "output", "replicaKey")).toContain(
      "arn:aws:kms:eu-west-1:210987654321:key/",
    );
    expect(await pulumi("stack", "output", "tagsAll")).toContain("holdfast");
    const secret = (await pulumi("stack", "output", "secret", "--show-secrets")).trim();
    expect(secret.length).toBeGreaterThan(20);
    const file = path.join(folder, "export.json");
    await pulumi("stack", "export", "--file", file);
    expect(await readFile(file, "utf8")).not.toContain(secret);
  });

  test("what is taken away outside is named by a refresh and made again by an up", async () => {
    await s3.send(new DeleteBucketPolicyCommand({ Bucket: "engine-own" }));
    expect(await pulumi("preview", "--refresh")).toMatch(/BucketPolicy.*own.*create/su);
    await pulumi("up", "--yes", "--skip-preview", "--refresh");
    await pulumi("preview", "--refresh", "--expect-no-changes");
  });

  test("an update is in place and named by its path; a bucket's other name replaces", async () => {
    await edit(folder, "const days = 30", "const days = 31");
    const preview = await pulumi("preview", "--diff");
    expect(preview).toMatch(/noncurrentDays: 30 => 31/u);
    expect(preview).toMatch(/~ 2 to update/u);
    await pulumi("up", "--yes", "--skip-preview");
    await pulumi("refresh", "--yes", "--expect-no-changes");
    await edit(folder, '"engine-" + name', '"other-" + name');
    expect(await pulumi("preview")).toMatch(/\+-.*Bucket.*own.*replace.*bucket/u);
    await edit(folder, '"other-" + name', '"engine-" + name');
  });

  test.each([
    [
      // The SDK itself drops a misspelt property of the first level, not one further down.
      "a misspelt input",
      'new BucketVersioning("bad", { bucket: "x", versioningConfiguration: { statuss: "Enabled" } as never }, opts);',
      "versioningConfiguration.statuss: unknown property",
    ],
    ["a mistyped input", 'new User("bad", { path: 7 as never }, opts);', "path: must be a string"],
    [
      "an input that it does not act on",
      'new Bucket("bad", { acl: "private" }, opts);',
      "acl: the lab's stand-in for aws does not act on it",
    ],
  ])("%s fails the preview by its name", async (_name, line, message) => {
    await edit(folder, "// more", line);
    expect(await engine.failure(folder, "preview")).toContain(message);
    await edit(folder, line, "// more");
  });

  test("an invoke is refused by its name", async () => {
    const line =
      'await pulumi.runtime.invoke("aws:index/getCallerIdentity:getCallerIdentity", {}, { provider: main });';
    await edit(folder, "// more", line);
    const said = await engine.failure(folder, "preview");
    expect(said).toContain("has no function aws:index/getCallerIdentity:getCallerIdentity");
    await edit(folder, line, "// more");
  });

  test("what was there before is taken over with nothing replaced", async () => {
    await pulumi("up", "--yes", "--skip-preview");
    const file = path.join(folder, "export.json");
    await pulumi("stack", "export", "--file", file);
    const other = await makeProject(
      engine,
      "adopted",
      program
        .replace(
          '"engine-" + name, objectLockEnabled: true }, { provider }',
          '"engine-" + name, objectLockEnabled: true }, { provider, import: "engine-" + name }',
        )
        .replace(/^const role =[\s\S]*^export const replicaKey/mu, "export const replicaKey"),
    );
    const preview = await engine.run(other, "preview");
    expect(preview).toMatch(/= 2 to import/u);
    expect(preview).not.toMatch(/replace/u);
  });

  test("a destroy stops at a bucket with objects, and goes through in order when it is empty", async () => {
    const Bucket = "engine-own";
    const ContentMD5 = createHash("md5").update("one").digest("base64");
    await s3.send(new PutObjectCommand({ Bucket, Key: "backup", Body: "one", ContentMD5 }));
    expect(await engine.failure(folder, "destroy", "--yes", "--skip-preview")).toMatch(/not empty/u);
    const { Versions = [] } = await s3.send(new ListObjectVersionsCommand({ Bucket }));
    const Objects = Versions.map(({ Key, VersionId }) => ({ Key, VersionId }));
    await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects }, BypassGovernanceRetention: true }));
    await pulumi("destroy", "--yes", "--skip-preview");
    expect((await s3.send(new ListBucketsCommand({}))).Buckets ?? []).toEqual([]);
  });
});

describe.each([
  [
    "route53",
    `
import { Provider } from "@pulumi/aws/provider.js";
import { HealthCheck } from "@pulumi/aws/route53/healthCheck.js";
import { Record } from "@pulumi/aws/route53/record.js";
import { Zone } from "@pulumi/aws/route53/zone.js";
const opts = { provider: new Provider("aws", { region: "us-east-1" }) };
const zone = new Zone("zone", { name: "${ZONE}" }, opts);
let before: Record | undefined;
for (const [site, address, weight] of [["primary", "${PRIMARY}", 100], ["dr", "${DR}", 0]].toSorted((a, b) => Number(b[2]) - Number(a[2])) as [string, string, number][]) {
  const gate = new HealthCheck(site, { type: "HTTPS", ipAddress: address, port: 443, requestInterval: 10, failureThreshold: 2, disabled: weight === 0, invertHealthcheck: weight === 0 }, opts);
  before = new Record(site, { zoneId: zone.zoneId, name: "route53.${ZONE}", type: "A", ttl: 5, records: [address], setIdentifier: site, weightedRoutingPolicies: [{ weight }], ...(weight === 0 ? { healthCheckId: gate.id } : {}) }, { ...opts, dependsOn: before === undefined ? [] : [before] });
}
`,
    [
      [
        /\[\["primary", "198.51.100.1", 100\], \["dr", "198.51.100.2", 0\]\]/u,
        `[["primary", "${PRIMARY}", 50], ["dr", "${DR}", 50]]`,
      ],
      [
        /\[\["primary", "198.51.100.1", 50\], \["dr", "198.51.100.2", 50\]\]/u,
        `[["primary", "${PRIMARY}", 0], ["dr", "${DR}", 100]]`,
      ],
    ],
  ],
  [
    "cloudflare",
    `
import { LoadBalancer } from "@pulumi/cloudflare/loadBalancer.js";
import { LoadBalancerMonitor } from "@pulumi/cloudflare/loadBalancerMonitor.js";
import { LoadBalancerPool } from "@pulumi/cloudflare/loadBalancerPool.js";
import { Provider } from "@pulumi/cloudflare/provider.js";
import { all } from "@pulumi/pulumi";
const opts = { provider: new Provider("cloudflare", { apiToken: "token" }) };
const monitor = new LoadBalancerMonitor("monitor", { accountId: "account", type: "https", path: "/health", expectedCodes: "200", header: { Host: ["cloudflare.${ZONE}"] } }, opts);
const weights = { primary: 1, dr: 0 };
const pools = ([["primary", "${PRIMARY}", weights.primary], ["dr", "${DR}", weights.dr]] as const).map(([site, address, weight]) => ({ weight, pool: new LoadBalancerPool(site, { accountId: "account", name: site, origins: [{ name: site, address, enabled: true, weight: 1 }], monitor: monitor.id }, opts) }));
const serving = pools.filter(({ weight }) => weight > 0);
new LoadBalancer("public", { zoneId: "zone", name: "cloudflare.${ZONE}", ttl: 5, proxied: false, defaultPools: serving.map(({ pool }) => pool.id), fallbackPool: serving[0]!.pool.id, steeringPolicy: "random", randomSteering: { defaultWeight: 0, poolWeights: all(pools.map(({ pool, weight }) => pool.id.apply((id) => [id, weight] as const))).apply((entries) => Object.fromEntries(entries)) } }, opts);
`,
    [
      [/primary: 1, dr: 0/u, "primary: 0.5, dr: 0.5"],
      [/primary: 0.5, dr: 0.5/u, "primary: 0, dr: 1"],
    ],
  ],
] as const)("%s: weights", (name, program, [ramp, flip]) => {
  const host = `${name}.${ZONE}`;
  let folder: string;
  beforeAll(async () => {
    folder = await makeProject(engine, name, program);
  });
  const pulumi = (...args: readonly string[]) => engine.run(folder, ...args);
  const unchanged = async (): Promise<void> => {
    await pulumi("up", "--yes", "--skip-preview", "--expect-no-changes");
    await pulumi("refresh", "--yes", "--expect-no-changes");
  };

  test("the primary serves alone", async () => {
    expect(await pulumi("preview")).toMatch(/to create/u);
    await pulumi("up", "--yes", "--skip-preview");
    await unchanged();
    expect(await shares(host)).toEqual({ [PRIMARY]: 60 });
  });

  test("half each", async () => {
    await edit(folder, ramp[0], ramp[1]);
    const preview = await pulumi("preview", "--diff");
    expect(preview).toMatch(/weight/iu);
    expect(preview).not.toMatch(/replace/u);
    await pulumi("up", "--yes", "--skip-preview");
    await unchanged();
    const counts = await shares(host);
    // Sixty draws of a half: fewer than ten of one come once in many millions.
    expect(Object.keys(counts).sort()).toEqual([PRIMARY, DR]);
    expect(Math.min(...Object.values(counts))).toBeGreaterThan(9);
  });

  test("dr serves alone, and after a destroy nobody", async () => {
    await edit(folder, flip[0], flip[1]);
    await pulumi("up", "--yes", "--skip-preview");
    await unchanged();
    expect(await shares(host)).toEqual({ [DR]: 60 });
    await pulumi("destroy", "--yes", "--skip-preview");
    await expect(engine.names.ask(host, 1)).rejects.toThrow(/ENOTFOUND|ENODATA/u);
  });
});
