// The third place of each example at AWS, as a person would deploy it, on the stand-ins: previews, ups, an update,
// refreshes, and a destroy in an order that the service takes. Does not prove what AWS and Cloudflare themselves say.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { IAMClient, ListRolesCommand } from "@aws-sdk/client-iam";
import { GetBucketLifecycleConfigurationCommand, ListBucketsCommand, S3Client } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ACCOUNT, type AwsClient, makeZone, REGION, session } from "./support/aws-session.ts";
import { layOut } from "./support/checkout.ts";
import { type CloudEngine, startCloudEngine } from "./support/cloud-engine.ts";

const ZONE = "example.com";
const REPLICA = "222222222222";

describe.each(["aws-route53", "aws-cloudflare"])("%s", (example) => {
  let engine: CloudEngine;
  let own: AwsClient;
  let project: string;

  beforeAll(async () => {
    engine = await startCloudEngine(ZONE);
    own = await session(engine.moto.endpoint, ACCOUNT);
    const { accessKeyId, secretAccessKey, sessionToken } = own.credentials;
    const secrets = path.join(engine.root, "secrets");
    await mkdir(secrets);
    await writeFile(path.join(secrets, "cloudflare-token"), "token");
    Object.assign(engine.environment, {
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      AWS_SESSION_TOKEN: sessionToken,
      HOLDFAST_SECRETS: secrets,
    });
    project = await layOut(engine.root, example);
    await engine.run(project, "stack", "init", "offsite");
    if (example === "aws-route53") await useZone();
  });
  afterAll(() => engine?.stop());

  const pulumi = (...args: readonly string[]) => engine.run(project, ...args, "--stack", "offsite");
  const file = () => path.join(project, "Pulumi.offsite.yaml");

  /** The zone is there before holdfast, and so is its id in the stack file. */
  async function useZone(): Promise<void> {
    const id = await makeZone(own, ZONE);
    await change(/zoneId: \w+/u, `zoneId: ${id}`);
  }

  async function change(from: RegExp, to: string): Promise<void> {
    const before = await readFile(file(), "utf8");
    const after = before.replace(from, to);
    expect(after).not.toBe(before);
    await writeFile(file(), after);
  }

  const buckets = async (client: AwsClient, region = REGION): Promise<readonly string[]> => {
    const s3 = new S3Client({ ...client, region, forcePathStyle: true });
    return ((await s3.send(new ListBucketsCommand({}))).Buckets ?? []).map(({ Name = "" }) => Name).sort();
  };
  const unchanged = async (): Promise<void> => {
    await pulumi("up", "--yes", "--skip-preview", "--expect-no-changes");
    await pulumi("refresh", "--yes", "--expect-no-changes");
  };

  test("preview makes nothing", async () => {
    expect(await pulumi("preview")).toMatch(/\+ \d+ to create/u);
    expect(await buckets(own)).toEqual([]);
  });

  test("up makes all, in both accounts; again there is nothing to do", async () => {
    await pulumi("up", "--yes", "--skip-preview");
    await unchanged();
    expect(await buckets(own)).toContain("example-holdfast-repository");
    const replica = await session(engine.moto.endpoint, REPLICA);
    expect(await buckets(replica)).toContain("example-holdfast-repository-replica");
  });

  test("a longer life of old versions is an update in place, and arrives", async () => {
    await change(/noncurrentDays: 14/u, "noncurrentDays: 15");
    const preview = await pulumi("preview", "--diff");
    expect(preview).toMatch(/noncurrentDays: 14 => 15/u);
    expect(preview).not.toMatch(/replace/u);
    await pulumi("up", "--yes", "--skip-preview");
    await unchanged();
    const s3 = new S3Client({ ...own, forcePathStyle: true });
    const question = new GetBucketLifecycleConfigurationCommand({ Bucket: "example-holdfast-repository" });
    const { Rules = [] } = await s3.send(question);
    expect(Rules.map((rule) => rule.NoncurrentVersionExpiration?.NoncurrentDays)).toContain(15);
  });

  test("a destroy is refused while things are protected, and leaves nothing once they are not", async () => {
    expect(await engine.failure(project, "destroy", "--yes", "--skip-preview", "--stack", "offsite")).toMatch(
      /protect/u,
    );
    await pulumi("state", "unprotect", "--all", "--yes");
    await pulumi("destroy", "--yes", "--skip-preview");
    const iam = new IAMClient({ ...own, region: "us-east-1" });
    expect((await iam.send(new ListRolesCommand({}))).Roles ?? []).toEqual([]);
  });
});
