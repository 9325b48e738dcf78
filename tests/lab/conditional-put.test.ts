// That of many writers at once exactly one wins: epoch and lease rest on it (rules.md 16). On the lab's real
// store, over TLS. Does not prove it for a store that is restarted meanwhile, nor for another make of store.
import { readFile } from "node:fs/promises";
import { Agent } from "node:https";
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
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
/** One of its own: an interrupted run leaves its objects, and those of a race must not be there. */
const Bucket = `holdfast-test-race-${Date.now().toString(36)}`;
const keys: string[] = [];
let client: S3Client;

beforeAll(async () => {
  const { admin } = await offsiteCredentials(layout);
  client = new S3Client({
    endpoint: offsiteEndpoint,
    region: "us-east-1",
    forcePathStyle: true,
    credentials: { accessKeyId: admin.accessKey, secretAccessKey: admin.secretKey },
    // A socket each, and more for a race's stragglers: the race is in the store, not in a queue of ours.
    requestHandler: {
      httpsAgent: new Agent({
        ca: await readFile(layout.caCertificate),
        keepAlive: true,
        maxSockets: writers * 8,
      }),
    },
    maxAttempts: 1,
  });
  await client.send(new CreateBucketCommand({ Bucket }));
});

afterAll(async () => {
  for (const Key of keys) await client.send(new DeleteObjectCommand({ Bucket, Key }));
  await client.send(new DeleteBucketCommand({ Bucket }));
  client.destroy();
});

// Both at once: most of the time goes by waiting for this store's losers (see Race).
test.concurrent("an object that must not exist is made by exactly one writer", async () => {
  const races: Race[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    const Key = `new-${round}`;
    keys.push(Key);
    const race = start(Key, { IfNoneMatch: "*" });
    races.push(race);
    await race.firstWin;
  }
  for (const race of races) expectOneWinner(race.name, await race.outcomes);
});

test.concurrent("an object that must be unchanged is replaced by exactly one writer", async () => {
  const Key = "replaced";
  keys.push(Key);
  const races: Race[] = [];
  let { ETag } = await client.send(new PutObjectCommand({ Bucket, Key, Body: "first" }));
  for (let round = 1; round <= rounds; round += 1) {
    if (ETag === undefined) throw new Error("the store gave no ETag");
    const race = start(Key, { IfMatch: ETag });
    races.push(race);
    ({ ETag } = await race.firstWin);
  }
  for (const race of races) expectOneWinner(race.name, await race.outcomes);
});

interface Race {
  readonly name: string;
  readonly firstWin: Promise<{ ETag?: string | undefined }>;
  /** "won" or the HTTP status of each writer. This store lets a loser wait, now and then for ten seconds. */
  readonly outcomes: Promise<readonly (string | number)[]>;
}

function start(Key: string, condition: { IfNoneMatch: string } | { IfMatch: string }): Race {
  const name = `${Key} ${Object.values(condition).join()}`;
  // No two bodies are equal: an ETag is the body's hash, and one that comes again would let a straggler win.
  const puts = Array.from({ length: writers }, (_, writer) =>
    client.send(new PutObjectCommand({ Bucket, Key, Body: `${name} by ${writer}`, ...condition })),
  );
  const outcomes = puts.map((put) =>
    put.then(
      () => "won",
      (error: S3ServiceException) => error.$metadata?.httpStatusCode ?? error.name,
    ),
  );
  return {
    name,
    firstWin: Promise.any(puts),
    outcomes: Promise.all(outcomes),
  };
}

function expectOneWinner(name: string, outcomes: readonly (string | number)[]): void {
  expect(
    outcomes.filter((outcome) => outcome === "won"),
    `winners of ${name}`,
  ).toHaveLength(1);
  // 412, or 409 for a write that met another in flight: both say "not you".
  expect(outcomes.filter((outcome) => outcome !== "won" && outcome !== 412 && outcome !== 409)).toEqual([]);
}
