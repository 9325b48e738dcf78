import { readFile } from "node:fs/promises";
import { Agent } from "node:https";
import { join } from "node:path";
import {
  DeleteObjectCommand,
  DeleteObjectsCommand,
  ListObjectVersionsCommand,
  paginateListObjectsV2,
  S3Client,
} from "@aws-sdk/client-s3";

/**
 * The offsite repository through the eyes of whoever got hold of the database
 * server's keys: the writer identity, plain deletes, nothing more.
 */
export interface OffsiteObjects {
  /** Current keys under a prefix, all pages, in order. */
  keys(prefix: string): Promise<string[]>;
  /** The same with sizes. */
  list(prefix: string): Promise<StoredObject[]>;
  /** Plain deletes: the store keeps the versions behind delete markers. */
  remove(keys: readonly string[]): Promise<void>;
  /** Takes the delete markers under a prefix away again; needs the admin's keys. Returns how many. */
  removeDeleteMarkers(prefix: string): Promise<number>;
}

export interface StoredObject {
  readonly key: string;
  readonly bytes: number;
}

export interface OffsiteObjectsArgs {
  readonly secrets: string;
  readonly endpoint: string;
  readonly bucket: string;
  readonly identity: "writer" | "admin";
}

export async function openOffsiteObjects(args: OffsiteObjectsArgs): Promise<OffsiteObjects> {
  const files = [`offsite-${args.identity}.key`, `offsite-${args.identity}.secret`, "ca.crt"];
  const [accessKeyId = "", secretAccessKey = "", ca = ""] = await Promise.all(
    files.map((file) => readFile(join(args.secrets, file), "utf8")),
  );
  const client = new S3Client({
    endpoint: args.endpoint,
    region: "us-east-1",
    forcePathStyle: true,
    credentials: { accessKeyId, secretAccessKey },
    requestHandler: { httpsAgent: new Agent({ ca }) },
  });
  const Bucket = args.bucket;

  async function list(prefix: string): Promise<StoredObject[]> {
    const found: StoredObject[] = [];
    for await (const page of paginateListObjectsV2({ client }, { Bucket, Prefix: prefix }))
      for (const { Key: key, Size: bytes = 0 } of page.Contents ?? [])
        if (key !== undefined) found.push({ key, bytes });
    return found.sort((a, b) => (a.key < b.key ? -1 : 1));
  }

  const keys = async (prefix: string): Promise<string[]> => (await list(prefix)).map(({ key }) => key);

  async function remove(all: readonly string[]): Promise<void> {
    // A store takes at most 1,000 keys a request.
    for (let at = 0; at < all.length; at += 1000) {
      const Objects = all.slice(at, at + 1000).map((Key) => ({ Key }));
      const answer = await client.send(
        new DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } }),
      );
      const refused = answer.Errors?.[0];
      if (refused !== undefined)
        throw new Error(`delete of ${refused.Key} was refused: ${refused.Code} ${refused.Message}`);
    }
  }

  async function removeDeleteMarkers(prefix: string): Promise<number> {
    let removed = 0;
    let keyMarker: string | undefined;
    let versionMarker: string | undefined;
    do {
      const page = await client.send(
        new ListObjectVersionsCommand({
          Bucket,
          Prefix: prefix,
          ...(keyMarker === undefined ? {} : { KeyMarker: keyMarker }),
          ...(versionMarker === undefined ? {} : { VersionIdMarker: versionMarker }),
        }),
      );
      for (const marker of page.DeleteMarkers ?? []) {
        if (marker.IsLatest !== true || marker.Key === undefined || marker.VersionId === undefined) continue;
        await client.send(new DeleteObjectCommand({ Bucket, Key: marker.Key, VersionId: marker.VersionId }));
        removed += 1;
      }
      keyMarker = page.IsTruncated === true ? page.NextKeyMarker : undefined;
      versionMarker = page.NextVersionIdMarker;
    } while (keyMarker !== undefined);
    return removed;
  }

  return { keys, list, remove, removeDeleteMarkers };
}
