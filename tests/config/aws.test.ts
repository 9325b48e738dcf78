// Shows: what is refused of a third place at AWS before anything is made. Does not show what AWS takes in the end.
import { describe, expect, it } from "vitest";
import { formatProblem } from "../../config/index.ts";
import { UserError } from "../../errors/user-error.ts";
import { planSite } from "../../plan/index.ts";
import { loadFile, type StackFile } from "./stack-files.ts";

function messageOf(
  changes: Readonly<Record<string, unknown>>,
  directory = "examples/aws-route53",
  stack: StackFile = "offsite",
): string {
  try {
    loadFile(directory, stack, changes);
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
  return "";
}

describe("offsite.implementation: aws", () => {
  it("has defaults that keep: locked for good, protected, with time control", () => {
    const { config } = loadFile("examples/aws-route53", "offsite", {
      "offsite.lock.mode": undefined,
      "offsite.namePrefix": undefined,
      "offsite.logging.keepDays": undefined,
    });
    expect(config.offsite).toMatchObject({
      partition: "aws",
      namePrefix: "holdfast",
      lock: { mode: "COMPLIANCE", days: 7 },
      noncurrentDays: 14,
      protect: true,
      kms: { deletionDays: 30 },
      logging: { keepDays: 400 },
      replica: { suffix: "-replica", timeControl: true },
    });
  });

  it.each<[string, Record<string, unknown>, RegExp]>([
    [
      "an implementation that nobody has",
      { "offsite.implementation": "gcs" },
      /offsite\.implementation: is not one of the choices; got "gcs"; allowed s3, aws/,
    ],
    [
      "an endpoint: it is the region's",
      { "offsite.endpoint": "https://s3.example.com" },
      /offsite\.endpoint: is not a known key/,
    ],
    [
      "a region that is none",
      { "offsite.region": "frankfurt" },
      /offsite\.region: is not an AWS region; got "frankfurt"; allowed a region's code/,
    ],
    [
      "the same region twice",
      { "offsite.replica.region": "eu-central-1" },
      /replica\.region: is the region of the buckets themselves: one loss takes both; got eu-central-1/,
    ],
    [
      "a role of another account",
      { "offsite.replica.roleArn": "arn:aws:iam::333333333333:role/x" },
      /replica\.roleArn: is a role of another account than offsite\.replica\.accountId; got .*333333333333/,
    ],
    [
      "a key that shuts its maker out",
      { "offsite.kms.administrators": ["arn:aws:iam::999999999999:role/x"] },
      /kms\.administrators: names nobody of the key's own account/,
    ],
    ["no administrator at all", { "offsite.kms.administrators": [] }, /kms\.administrators: is empty/],
    [
      "a wildcard for an administrator",
      { "offsite.kms.administrators": ["arn:aws:iam::111111111111:role/*"] },
      /is not the ARN of an IAM identity/,
    ],
    [
      "nobody who could archive",
      { "offsite.identities.users": false, "offsite.identities.clusters": [] },
      /offsite\.identities: gives the sites' pods neither users nor roles/,
    ],
    [
      "a cluster's provider in another account",
      {
        "offsite.identities.clusters": [
          { site: "dr", oidcProvider: "arn:aws:iam::999999999999:oidc-provider/x.example.com" },
        ],
      },
      /clusters\[0\]\.oidcProvider: is of another account/,
    ],
    [
      "a bucket that logs into itself",
      { "offsite.logging.bucket": "example-holdfast-records" },
      /logging\.bucket: is offsite\.recordsBucket too: a bucket that logs into itself never ends/,
    ],
    [
      "a name too long for its copy",
      { "offsite.bucket": "a".repeat(60) },
      /offsite\.bucket: is too long for its replica's name.*at most 55 characters/,
    ],
    [
      "a zone of another account",
      { "traffic.accountId": "333333333333" },
      /traffic\.accountId: is not offsite\.accountId/,
    ],
    [
      "a lock shorter than an attack may go unseen",
      { "offsite.lock.days": 5 },
      /offsite\.lock\.days: at the end of backup\.detectionWindow/,
    ],
    ["versions gone before their lock", { "offsite.noncurrentDays": 6 }, /offsite\.noncurrentDays: /],
  ])("refuses %s", (_, changes, message) => {
    expect(messageOf(changes)).toMatch(message);
  });

  it("names all problems at once", () => {
    const message = messageOf({
      "offsite.region": "x",
      "offsite.replica.accountId": "1",
      "targets.rto": "soon",
    });
    expect(message).toMatch(/has 3 problems/);
  });

  it("warns where the copy is in the same account", () => {
    const { warnings } = loadFile("examples/aws-route53", "offsite", {
      "offsite.replica.accountId": "111111111111",
      "offsite.replica.roleArn": "arn:aws:iam::111111111111:role/x",
      "offsite.replica.administrators": ["arn:aws:iam::111111111111:role/x"],
    });
    expect(warnings.map(formatProblem)).toEqual([
      expect.stringMatching(/replica\.accountId: is the account of the buckets themselves/),
    ]);
  });
});

describe("a site's identities at AWS", () => {
  const role = (name: string, partition = "aws") => `arn:${partition}:iam::111111111111:role/${name}`;
  const ofSite = (changes: Readonly<Record<string, unknown>>, directory?: string) =>
    messageOf(changes, directory, "primary");

  it("are roles, keys, or some of each", () => {
    const { config, secrets } = loadFile("examples/aws-route53", "primary", {
      "offsite.recorder": { accessKey: { file: "r.key" }, secretKey: { file: "r.secret" } },
    });
    expect(config.offsite).toMatchObject({
      writer: { role: role("example-holdfast-writer") },
      recorder: { accessKey: { secret: "offsite.recorder.accessKey" } },
    });
    expect(Object.keys(secrets).filter((path) => path.startsWith("offsite."))).toEqual([
      "offsite.ca",
      "offsite.recorder.accessKey",
      "offsite.recorder.secretKey",
    ]);
  });

  it.each<[string, Record<string, unknown>, RegExp]>([
    [
      "no role's ARN",
      { "offsite.writer": { role: "holdfast-writer" } },
      /offsite\.writer\.role: is not the ARN of an IAM role; got "holdfast-writer"; allowed for example arn:aws:iam/,
    ],
    [
      "a user's ARN",
      { "offsite.reader": { role: "arn:aws:iam::111111111111:user/x" } },
      /offsite\.reader\.role: is not the ARN of an IAM role/,
    ],
    [
      "a role of another partition",
      { "offsite.documents": { role: role("x", "aws-cn") } },
      /offsite\.documents\.role: is a role of another partition.*got arn:aws-cn:.*allowed a role of arn:aws$/m,
    ],
    [
      "keys and a role for one identity, and shows neither",
      { "offsite.recorder": { role: role("x"), accessKey: "AKIA-shown" } },
      /offsite\.recorder: is given in two forms at once; got role, accessKey; allowed accessKey and secretKey, or role$/m,
    ],
    ["nothing at all", { "offsite.writer": undefined }, /offsite\.writer\.accessKey: secret is missing/],
    [
      "half a pair of keys",
      { "offsite.writer": { accessKey: "k" } },
      /offsite\.writer\.secretKey: secret is missing/,
    ],
    ["a slip in the word", { "offsite.writer": { rol: "x" } }, /offsite\.writer\.rol: is not a known key/],
  ])("refuses %s", (_, changes, message) => {
    expect(ofSite(changes)).toMatch(message);
    expect(ofSite(changes)).not.toContain("AKIA-shown");
  });

  it("takes a role of China's partition where the store is there", () => {
    const names = ["writer", "reader", "recorder", "documents"];
    const { config } = loadFile("examples/aws-route53", "primary", {
      "offsite.partition": "aws-cn",
      "offsite.region": "cn-north-1",
      ...Object.fromEntries(names.map((name) => [`offsite.${name}`, { role: role(name, "aws-cn") }])),
    });
    if (config.kind !== "site") throw new Error("not a site's");
    expect(planSite(config).repositories[0]?.writer).toEqual({
      role: role("writer", "aws-cn"),
      stsHost: "sts.cn-north-1.amazonaws.com.cn",
    });
  });

  it("are keys alone at any other store", () => {
    expect(ofSite({ "offsite.writer": { role: role("x") } }, "examples/on-premises")).toMatch(
      /offsite\.writer\.role: is not a known key; allowed accessKey, secretKey/,
    );
  });

  it("leave a quarantine's addresses to the stack file, for STS as for the store: both are named by names", () => {
    const sts = { address: "203.0.113.40", port: 443 };
    const { config } = loadFile("examples/aws-route53", "primary", {
      "site.quarantine": true,
      "site.quarantineAllows": [sts],
    });
    if (config.kind !== "site") throw new Error("not a site's");
    expect(planSite(config).quarantine?.allowed).toEqual([sts]);
  });
});
