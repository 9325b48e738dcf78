// A stack's secrets under a key of a cloud's KMS, as docs/secrets.md tells it, with the real engine and moto's KMS: nobody
// without the key reads them, and the way to a passphrase is one command. Needs no cluster. Does not prove what AWS's KMS
// allows whom, nor the other clouds' services.
import { readFile } from "node:fs/promises";
import path from "node:path";
import { CreateKeyCommand, KMSClient } from "@aws-sdk/client-kms";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type CloudEngine, makeProject, startCloudEngine } from "./support/cloud-engine.ts";

const region = "eu-central-1";
const plain = "a-value-that-nobody-may-read";
const program = `import { Config } from "@pulumi/pulumi";
export const value = new Config().requireSecret("value");
`;

let engine: CloudEngine;
let folder: string;

const pulumi = (...args: readonly string[]) => engine.run(folder, ...args, "--stack", "kms");
const shown = () => pulumi("stack", "output", "value", "--show-secrets");
const stackFile = () => readFile(path.join(folder, "Pulumi.kms.yaml"), "utf8");

beforeAll(async () => {
  engine = await startCloudEngine("example.com");
  folder = await makeProject(engine, "secrets-provider", program);
  const credentials = { accessKeyId: "lab", secretAccessKey: "lab" };
  const kms = new KMSClient({ endpoint: engine.moto.endpoint, region, credentials });
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
  // Whoever has a passphrase at hand would not need the key.
  delete engine.environment.PULUMI_CONFIG_PASSPHRASE;
  const provider = `awskms://${KeyMetadata?.KeyId}?region=${region}&awssdk=v2`;
  await engine.run(folder, "stack", "init", "kms", "--secrets-provider", provider);
});
afterAll(() => engine?.stop());

test("config, state and outputs hold nothing in clear, and the key opens them without any passphrase", async () => {
  await pulumi("config", "set", "--secret", "value", plain);
  await pulumi("up", "--yes", "--skip-preview");
  const file = await stackFile();
  expect(file).toMatch(/secretsprovider: awskms:/u);
  expect(file).toMatch(/encryptedkey: /u);
  expect(`${file}${await pulumi("stack", "export")}`).not.toContain(plain);
  expect(await shown()).toContain(plain);
});

test("without the KMS nothing is opened", async () => {
  const before = engine.environment.AWS_ENDPOINT_URL ?? "";
  engine.environment.AWS_ENDPOINT_URL = "http://127.0.0.1:1";
  try {
    const words = ["stack", "output", "value", "--show-secrets", "--stack", "kms"];
    expect(await engine.failure(folder, ...words)).toMatch(/secret|KMS/iu);
  } finally {
    engine.environment.AWS_ENDPOINT_URL = before;
  }
});

test("one command takes the stack to a passphrase, which needs no KMS any more", async () => {
  engine.environment.PULUMI_CONFIG_PASSPHRASE = "another";
  await pulumi("stack", "change-secrets-provider", "passphrase");
  engine.environment.AWS_ENDPOINT_URL = "http://127.0.0.1:1";
  expect(await stackFile()).toMatch(/encryptionsalt: /u);
  expect(await shown()).toContain(plain);
});
