// The stand-in for aws on a real moto, one life for each type: created, read back without a difference, changed
// outside and seen, updated, imported, deleted. Does not prove what AWS itself would say (docs/proof-limits.md).
import { DeleteBucketEncryptionCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { motoRoot } from "../../lab/images/moto-root.ts";
import { type Moto, startMoto } from "../../lab/standins/moto.ts";
import { UNKNOWN } from "../../provider/server/value.ts";
import { iamLives, makeRole, makeUser } from "./aws-lives/iam.ts";
import { kmsLives } from "./aws-lives/kms.ts";
import { fresh, policyOf } from "./aws-lives/life.ts";
import { route53Lives } from "./aws-lives/route53.ts";
import { replicationTo, s3Lives, versioned } from "./aws-lives/s3.ts";
import { Account, awsRegion, type Made, s3ClientOf } from "./support/aws-account.ts";

let moto: Moto;
let aws: Account;

beforeAll(async () => {
  moto = await startMoto((await motoRoot()).path);
  aws = new Account(moto.endpoint);
});
afterAll(() => moto?.stop());

const lives = [...s3Lives, ...kmsLives, ...iamLives, ...route53Lives];

test.each(lives)("%s lives: created, read, imported, changed, deleted", async (_name, prepare) => {
  const life = await prepare(aws);
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
  const user = (await makeUser(aws)).id;
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
    const bucket = await versioned(aws, fresh("full"), false);
    const s3 = s3ClientOf(moto.endpoint);
    for (const Body of ["one", "two"])
      await s3.send(new PutObjectCommand({ Bucket: bucket, Key: "a", Body }));
    const made: Made = {
      type: "aws:s3/bucket:Bucket",
      id: bucket,
      inputs: { bucket, region: awsRegion },
      outputs: {},
    };
    await expect(aws.delete(made)).rejects.toThrow(/not empty/u);
    await aws.delete({ ...made, inputs: { ...made.inputs, forceDestroy: true } });
    expect(await aws.read({ ...made, outputs: { arn: "x" } })).toBeUndefined();
  });

  test("a role with a policy, unless it detaches them", async () => {
    const role = await makeRole(aws);
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
    const replica = new Account(moto.endpoint, {
      assumeRoles,
      allowedAccountIds: JSON.stringify(["210987654321"]),
    });
    const key = await replica.create("aws:kms/key:Key", {});
    expect(key.outputs.arn).toContain(":210987654321:");
    expect(await aws.read(key)).toBeUndefined();
    const wrong = new Account(moto.endpoint, {
      assumeRoles,
      allowedAccountIds: JSON.stringify(["111111111111"]),
    });
    await expect(wrong.create("aws:kms/key:Key", {})).rejects.toThrow(/210987654321 is not allowed/u);
  });

  test("a setting taken away outside is created again", async () => {
    const bucket = await versioned(aws, fresh("tampered"));
    const made = await aws.create(
      "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
      { bucket, rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } }] },
    );
    const s3 = s3ClientOf(moto.endpoint);
    await s3.send(new DeleteBucketEncryptionCommand({ Bucket: bucket }));
    expect(await aws.read(made)).toBeUndefined();
  });
});
