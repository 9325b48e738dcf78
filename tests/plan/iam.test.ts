// Judges what `holdfast iam` prints for people and pipelines by a simulator of IAM that is not ours. Does not show that
// a real provider asks for nothing more: docs/proof-limits.md.
import { validateIdentityPolicy } from "@cloud-copilot/iam-policy";
import { describe, expect, it } from "vitest";
import { planIam } from "../../plan/iam.ts";
import { planSite } from "../../plan/index.ts";
import { examples, loadFile, stacks } from "../config/stack-files.ts";
import { account, aws, judge } from "./aws-judge.ts";

function identity(example: string, stack: "offsite" | "primary" | "dr", name: string) {
  const found = planIam(loadFile(`examples/${example}`, stack).config).find((one) => one.name === name);
  if (found === undefined) throw new Error(`${example}/${stack} has no ${name}`);
  return found;
}

async function may(
  policy: string,
  action: string,
  resource: string,
  context: Readonly<Record<string, string | string[]>> = {},
): Promise<boolean> {
  const principal = `arn:aws:iam::${account}:role/holdfast-pipeline`;
  // IAM alone opens no key: its own policy has to let the account's policies decide.
  const key = resource.startsWith("arn:aws:kms:") ? { resourcePolicy: aws.key.policy } : {};
  return (await judge({ principal, policy, action, resource, context, ...key })) === "Allowed";
}

describe("the deployer of the third place at AWS", () => {
  const policy = identity("aws-route53", "offsite", "deployer").documents.policy ?? "";
  const repository = "arn:aws:s3:::example-holdfast-repository";

  it.each([
    ["s3:CreateBucket", repository],
    ["s3:PutBucketPolicy", repository],
    ["s3:PutLifecycleConfiguration", repository],
    ["s3:PutReplicationConfiguration", repository],
    ["s3:PutBucketLogging", "arn:aws:s3:::example-holdfast-logs".replace("logs", "control")],
    ["iam:CreateRole", `arn:aws:iam::${account}:role/example-holdfast-writer`],
    ["iam:PutUserPolicy", `arn:aws:iam::${account}:user/example-holdfast-reader`],
    ["kms:PutKeyPolicy", `arn:aws:kms:eu-central-1:${account}:key/00000000-0000-0000-0000-000000000001`],
    ["sts:AssumeRole", "arn:aws:iam::222222222222:role/holdfast-replica"],
  ])("may %s on %s", async (action, resource) => {
    expect(await may(policy, action, resource)).toBe(true);
  });

  it.each([
    ["s3:GetObject", `${repository}/x`],
    ["s3:PutObject", `${repository}/x`],
    ["s3:DeleteObjectVersion", `${repository}/x`],
    ["s3:BypassGovernanceRetention", `${repository}/x`],
    ["s3:PutObjectRetention", `${repository}/x`],
    ["s3:DeleteBucket", repository],
    ["s3:PutBucketPolicy", "arn:aws:s3:::payroll"],
    ["iam:CreateRole", `arn:aws:iam::${account}:role/administrator`],
    ["iam:CreateAccessKey", `arn:aws:iam::${account}:user/example-holdfast-writer`],
    [
      "kms:ScheduleKeyDeletion",
      `arn:aws:kms:eu-central-1:${account}:key/00000000-0000-0000-0000-000000000001`,
    ],
    ["kms:Decrypt", `arn:aws:kms:eu-central-1:${account}:key/00000000-0000-0000-0000-000000000001`],
    ["sts:AssumeRole", "arn:aws:iam::222222222222:role/administrator"],
  ])("may not %s on %s", async (action, resource) => {
    expect(await may(policy, action, resource)).toBe(false);
  });

  it("hands the replication role to S3 and to nothing else", async () => {
    const role = `arn:aws:iam::${account}:role/example-holdfast-replication`;
    expect(await may(policy, "iam:PassRole", role, { "iam:PassedToService": "s3.amazonaws.com" })).toBe(true);
    expect(await may(policy, "iam:PassRole", role, { "iam:PassedToService": "ec2.amazonaws.com" })).toBe(
      false,
    );
  });
});

describe("who moves the weights at Route 53", () => {
  const policy = identity("aws-route53", "dr", "route53").documents.policy ?? "";
  const zone = "arn:aws:route53:::hostedzone/Z0123456789ABCDEFGHIJ";
  const change = (names: string[], types = ["A"], resource = zone) =>
    may(policy, "route53:ChangeResourceRecordSets", resource, {
      "route53:ChangeResourceRecordSetsNormalizedRecordNames": names,
      "route53:ChangeResourceRecordSetsRecordTypes": types,
    });

  it("changes its two names, and no other name, type or zone", async () => {
    expect(await change(["erp.example.com"])).toBe(true);
    expect(await change(["erp.example.com", "db.example.com"])).toBe(true);
    expect(await change(["erp.example.com", "mail.example.com"])).toBe(false);
    expect(await change(["erp.example.com"], ["MX"])).toBe(false);
    expect(await change(["erp.example.com"], ["A"], "arn:aws:route53:::hostedzone/ZOTHER")).toBe(false);
    expect(await may(policy, "route53:DeleteHostedZone", zone)).toBe(false);
  });

  it("may change every name that the plan moves, the services' own among them", async () => {
    const { config } = loadFile(".", "dr", {
      "services.notifications": {
        image: "example.com/ntfy:1",
        host: "notify.holdfast.test",
        password: { file: "notify" },
      },
      traffic: {
        implementation: "route53",
        accountId: account,
        zone: "holdfast.test",
        zoneId: "Z0123456789ABCDEFGHIJ",
        nameservers: [{ name: "ns-1.example.net", address: "192.0.2.53" }],
        publicName: "erp.holdfast.test",
        databaseName: "db.holdfast.test",
        sites: { primary: "198.18.0.11", dr: "198.18.0.12" },
      },
    });
    if (config.kind !== "site") throw new Error("not a site's");
    const names = planSite(config).traffic?.records.map(({ name }) => name) ?? [];
    expect(names).toContain("notify.holdfast.test");
    const own = planIam(config).find(({ name }) => name === "route53")?.documents.policy ?? "";
    for (const name of names)
      expect(
        await may(own, "route53:ChangeResourceRecordSets", zone, {
          "route53:ChangeResourceRecordSetsNormalizedRecordNames": [name],
          "route53:ChangeResourceRecordSetsRecordTypes": ["A"],
        }),
        name,
      ).toBe(true);
  });

  it("is nobody in the primary's stack, which may be the lost one", () => {
    expect(planIam(loadFile("examples/aws-route53", "primary").config).map(({ name }) => name)).not.toContain(
      "route53",
    );
  });
});

describe("every identity", () => {
  it.each(examples.flatMap((example) => stacks.map((stack) => [example, stack] as const)))(
    "of %s, %s, has documents that are well formed",
    (example, stack) => {
      const identities = planIam(loadFile(`examples/${example}`, stack).config);
      expect(identities.length).toBeGreaterThan(0);
      for (const { name, documents, words } of identities) {
        expect(Object.keys(documents).length + words.length, name).toBeGreaterThan(0);
        if (documents.policy !== undefined)
          expect(validateIdentityPolicy(JSON.parse(documents.policy)), name).toEqual([]);
      }
    },
  );

  it("of a store of one's own has the rights of AWS's, without a key of KMS", () => {
    const reader = identity("on-premises", "offsite", "reader").documents.policy ?? "";
    expect(reader).toContain("s3:ListBucketVersions");
    expect(reader).toContain("s3:GetObjectVersion");
    expect(reader).not.toContain("kms:");
    expect(reader).not.toMatch(/s3:(Put|Delete)/);
  });
});

describe("roles of pods", () => {
  it("say whose they are: by account in the third place's stack, by role in a site's", () => {
    const reader = identity("aws-route53", "offsite", "example-holdfast-reader").words;
    expect(reader).toContain(
      "taken by pods of dr by their service accounts: holdfast:holdfast-database, holdfast:holdfast-verify, holdfast:holdfast-documents, holdfast:holdfast-files, holdfast-restore-test:holdfast-verify, holdfast-rehearsal:holdfast-database, holdfast-rehearsal:holdfast-files",
    );
    const held = identity("aws-route53", "primary", "writer, reader, recorder, documents").words;
    expect(held).toEqual([
      "writer is the role arn:aws:iam::111111111111:role/example-holdfast-writer, taken at sts.eu-central-1.amazonaws.com by the pods' service accounts, and by who runs up or a drill with the AWS credentials of its own; no key of it exists",
      expect.stringMatching(/^reader is the role .*:role\/example-holdfast-reader, /),
      expect.stringMatching(/^recorder is the role .*:role\/example-holdfast-recorder, /),
      expect.stringMatching(/^documents is the role .*by the pods' service accounts; no key of it exists$/),
      "a rehearsal is given the reader's alone",
    ]);
  });

  it("are not spoken of where there are keys", () => {
    expect(identity("aws-cloudflare", "primary", "writer, reader, recorder, documents").words).toEqual([
      "a rehearsal is given the reader's alone",
    ]);
    expect(identity("aws-route53", "offsite", "example-holdfast-keeper").words.join()).not.toMatch(/account/);
  });
});
