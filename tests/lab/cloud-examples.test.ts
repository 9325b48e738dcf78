// The third place of each example at AWS, as a person would deploy it, on the stand-ins: previews, ups, an update,
// refreshes, and a destroy in an order that the service takes. Does not prove what AWS and Cloudflare themselves say.
import { cp, mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { IAMClient, ListRolesCommand } from "@aws-sdk/client-iam";
import { CreateHostedZoneCommand, Route53Client } from "@aws-sdk/client-route-53";
import { GetBucketLifecycleConfigurationCommand, ListBucketsCommand, S3Client } from "@aws-sdk/client-s3";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type CloudEngine, startCloudEngine } from "./support/cloud-engine.ts";
import { repository } from "./support/holdfast.ts";

const ZONE = "example.com";
const ACCOUNT = "111111111111";
const REPLICA = "222222222222";
const REGION = "eu-central-1";

interface Client {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken: string;
  };
}

/** Keys of a session in an account: what moto knows an account by. */
async function session(endpoint: string, account: string): Promise<Client> {
  const credentials = { accessKeyId: "lab", secretAccessKey: "lab" };
  const sts = new STSClient({ endpoint, region: REGION, credentials });
  const { Credentials: given } = await sts.send(
    new AssumeRoleCommand({
      RoleArn: `arn:aws:iam::${account}:role/holdfast-pipeline`,
      RoleSessionName: "test",
    }),
  );
  return {
    endpoint,
    region: REGION,
    credentials: {
      accessKeyId: given?.AccessKeyId ?? "",
      secretAccessKey: given?.SecretAccessKey ?? "",
      sessionToken: given?.SessionToken ?? "",
    },
  };
}

describe.each(["aws-route53", "aws-cloudflare"])("%s", (example) => {
  let engine: CloudEngine;
  let own: Client;
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
    project = await layOut(engine, example);
    await engine.run(project, "stack", "init", "offsite");
    if (example === "aws-route53") await useZone();
  });
  afterAll(() => engine?.stop());

  const pulumi = (...args: readonly string[]) => engine.run(project, ...args, "--stack", "offsite");
  const file = () => path.join(project, "Pulumi.offsite.yaml");

  /** The zone is there before holdfast, and so is its id in the stack file. */
  async function useZone(): Promise<void> {
    const route53 = new Route53Client({ ...own, region: "us-east-1" });
    const made = await route53.send(new CreateHostedZoneCommand({ Name: ZONE, CallerReference: "zone" }));
    const id = made.HostedZone?.Id?.split("/").at(-1) ?? "";
    await change(/zoneId: \w+/u, `zoneId: ${id}`);
  }

  async function change(from: RegExp, to: string): Promise<void> {
    const before = await readFile(file(), "utf8");
    const after = before.replace(from, to);
    expect(after).not.toBe(before);
    await writeFile(file(), after);
  }

  const buckets = async (client: Client, region = REGION): Promise<readonly string[]> => {
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

/** A checkout with the example's stack files in place of the lab's. */
async function layOut(engine: CloudEngine, example: string): Promise<string> {
  const project = path.join(engine.root, "checkout");
  await mkdir(project);
  const skipped = /^(?:Pulumi\..+\.yaml|\.git|runs)$/u;
  for (const name of await readdir(repository)) {
    if (!skipped.test(name)) await symlink(path.join(repository, name), path.join(project, name));
  }
  await cp(path.join(repository, "examples", example), project, { recursive: true });
  return project;
}
