// That of many writers at once exactly one wins: epoch and lease rest on it (rules.md 16). On the lab's real
// store, over TLS. Does not prove it for a store that is restarted meanwhile, nor for another make of store.
import { readFile } from "node:fs/promises";
import { Agent } from "node:https";
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  PutObjectCommand,
  S3Client,
  type S3ServiceException,
} from "@aws-sdk/client-s3";
import { afterAll, beforeAll, expect, test } from "vitest";
import { offsiteEndpoint } from "../../lab/net/addresses.ts";
import { offsiteCredentials } from "../../lab/third/third.ts";
import { layout } from "./support/places.ts";

const writers = 64;
const rounds = 10;
const Bucket = "holdfast-test-race";
const keys: string[] = [];
let client: S3Client;

beforeAll(async () => {
  const { admin } = await offsiteCredentials(layout);
  client = new S3Client({
    endpoint: offsiteEndpoint,
    region: "us-east-1",
    forcePathStyle: true,
    credentials: { accessKeyId: admin.accessKey, secretAccessKey: admin.secretKey },
    // A socket each, kept open: the race is in the store, not in a queue of ours.
    requestHandler: {
      httpsAgent: new Agent({
        ca: await readFile(layout.caCertificate),
        keepAlive: true,
        maxSockets: writers,
      }),
    },
    maxAttempts: 1,
  });
  await client.send(new CreateBucketCommand({ Bucket })).catch((error: S3ServiceException) => {
    if (!error.name.startsWith("BucketAlready")) throw error;
  });
});

afterAll(async () => {
  for (const Key of keys) await client.send(new DeleteObjectCommand({ Bucket, Key }));
  await client.send(new DeleteBucketCommand({ Bucket }));
  client.destroy();
});

test("an object that must not exist is made by exactly one writer", async () => {
  for (let round = 1; round <= rounds; round += 1) {
    const Key = `new-${round}`;
    keys.push(Key);
    await expectOneWinner(Key, { IfNoneMatch: "*" });
  }
});

test("an object that must be unchanged is replaced by exactly one writer", async () => {
  const Key = "replaced";
  keys.push(Key);
  let { ETag } = await client.send(new PutObjectCommand({ Bucket, Key, Body: "first" }));
  for (let round = 1; round <= rounds; round += 1) {
    if (ETag === undefined) throw new Error("the store gave no ETag");
    ETag = await expectOneWinner(Key, { IfMatch: ETag });
  }
});

async function expectOneWinner(
  Key: string,
  condition: { IfNoneMatch: string } | { IfMatch: string },
): Promise<string | undefined> {
  const outcomes = await Promise.all(
    Array.from({ length: writers }, async (_, writer) => {
      const put = new PutObjectCommand({ Bucket, Key, Body: `${Key} by ${writer}`, ...condition });
      return client.send(put).then(
        () => "won",
        (error: S3ServiceException) => error.$metadata?.httpStatusCode ?? error.name,
      );
    }),
  );
  const winners = outcomes.flatMap((outcome, writer) => (outcome === "won" ? [writer] : []));
  expect(winners, `winners of ${Key}`).toHaveLength(1);
  // 412, or 409 for a write that met another in flight: both say "not you".
  expect(outcomes.filter((outcome) => outcome !== "won" && outcome !== 412 && outcome !== 409)).toEqual([]);
  const { Body, ETag } = await client.send(new GetObjectCommand({ Bucket, Key }));
  expect(await Body?.transformToString()).toBe(`${Key} by ${winners[0]}`);
  return ETag;
}
