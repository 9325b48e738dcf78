import { readFile } from "node:fs/promises";
import { Agent } from "node:https";
import { join } from "node:path";
import { GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { parseRepositoryInfo } from "../../../drill/adapters/repository-info.ts";
import type { RepositoryInfo } from "../../../drill/ports/repository.ts";
import { openOffsiteObjects } from "../../../lab/faults/offsite-objects.ts";
import { layout } from "../../lab/support/places.ts";
import type { Primary } from "./primary.ts";

/**
 * The offsite repository of an epoch: what pgBackRest says of it, and its objects
 * with the store administrator's keys. Damage is undone by writing the kept bytes
 * again, or by taking the delete marker away: the bucket keeps every version.
 */
export interface Repository {
  info(): Promise<RepositoryInfo>;
  /** Keys below the epoch's path, in order: "backup/main/..." and "archive/main/...". */
  keys(prefix: string): Promise<readonly { readonly key: string; readonly bytes: number }[]>;
  read(key: string): Promise<Buffer>;
  write(key: string, bytes: Buffer): Promise<void>;
  remove(keys: readonly string[]): Promise<void>;
  /** Takes away the delete markers below a prefix. */
  undelete(prefix: string): Promise<void>;
  /** Names of the whole segments that are archived, in order. */
  segments(): Promise<readonly string[]>;
  /** The key of an archived segment. */
  keyOfSegment(segment: string): Promise<string>;
}

const endpoint = "https://198.18.0.20:8333";
const bucket = "holdfast-offsite";
const segmentKey = /\/([0-9A-F]{24})-[0-9a-f]{40}(\.\w+)?$/;

export async function openRepository(primary: Primary): Promise<Repository> {
  const { secrets } = layout;
  const admin = await openOffsiteObjects({ secrets, endpoint, bucket, identity: "admin" });
  const client = await adminClient(secrets);
  const path = `epochs/${primary.epoch}/`;
  const keys: Repository["keys"] = async (prefix) =>
    (await admin.list(path + prefix)).map(({ key, bytes }) => ({ key: key.slice(path.length), bytes }));
  const archived = async () => (await keys("archive/")).filter(({ key }) => segmentKey.test(key));
  return {
    info: async () => {
      const result = await primary.exec("postgres", [
        "pgbackrest",
        "--config=/etc/holdfast/pgbackrest/archive-offsite.conf",
        "--stanza=main",
        "--log-level-console=off",
        "--output=json",
        "info",
      ]);
      return parseRepositoryInfo(result.stdout, "main");
    },
    keys,
    read: async (key) => {
      const answer = await client.send(new GetObjectCommand({ Bucket: bucket, Key: path + key }));
      return Buffer.from((await answer.Body?.transformToByteArray()) ?? []);
    },
    write: async (key, bytes) => {
      await client.send(new PutObjectCommand({ Bucket: bucket, Key: path + key, Body: bytes }));
    },
    remove: (all) => admin.remove(all.map((key) => path + key)),
    undelete: async (prefix) => void (await admin.removeDeleteMarkers(path + prefix)),
    segments: async () => (await archived()).map(({ key }) => segmentKey.exec(key)?.[1] ?? ""),
    keyOfSegment: async (segment) => {
      const found = (await archived()).find(({ key }) => segmentKey.exec(key)?.[1] === segment);
      if (found === undefined) throw new Error(`${segment} is not in the offsite repository`);
      return found.key;
    },
  };
}

async function adminClient(secrets: string): Promise<S3Client> {
  const [accessKeyId = "", secretAccessKey = "", ca = ""] = await Promise.all(
    ["offsite-admin.key", "offsite-admin.secret", "ca.crt"].map((name) =>
      readFile(join(secrets, name), "utf8"),
    ),
  );
  return new S3Client({
    endpoint,
    region: "us-east-1",
    forcePathStyle: true,
    credentials: { accessKeyId, secretAccessKey },
    requestHandler: { httpsAgent: new Agent({ ca }) },
  });
}

/** The bytes with one bit turned over, in the middle. */
export function flipBit(bytes: Buffer): Buffer {
  const flipped = Buffer.from(bytes);
  const at = Math.floor(bytes.length / 2);
  flipped[at] = (flipped[at] ?? 0) ^ 0x10;
  return flipped;
}
