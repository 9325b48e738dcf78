import { Agent, request } from "node:https";
import { DeleteObjectCommand, GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { roleCredentials } from "../../provider/clients/role.ts";
import type { S3Port, S3Version } from "../ports/objects.ts";
import { PortError } from "../ports/port-error.ts";
import { messageOf, withDeadline } from "./deadline.ts";
import { tryToShorten } from "./lock-attempts.ts";
import type { OffsitePlace, S3Identity } from "./places.ts";
import { type ListedObject, objectsBelow, toObject } from "./s3-list.ts";
import { pagesOfVersions } from "./s3-versions.ts";

const requestMs = 15_000;
const port = "offsite store";

/** The control bucket is written with the writer's keys, everything else is only read, with the reader's. */
export function createS3Port(place: OffsitePlace, ca: string): S3Port {
  const agent = new Agent({ ca, keepAlive: true, maxSockets: 8 });
  const reader = clientWith(place, place.reader, agent);
  const writer = clientWith(place, place.writer, agent);
  const clientFor = (bucket: string): S3Client => (bucket === place.controlBucket ? writer : reader);

  async function ask<T>(
    what: string,
    signal: AbortSignal,
    work: (limit: AbortSignal) => Promise<T>,
  ): Promise<T> {
    try {
      return await withDeadline(requestMs, signal, work);
    } catch (cause) {
      signal.throwIfAborted();
      throw new PortError(port, `${what}: ${messageOf(cause)}`, { cause });
    }
  }

  return {
    getText: (bucket, key, outer) =>
      ask(`GET ${bucket}/${key}`, outer, async (abortSignal) => {
        try {
          const answer = await clientFor(bucket).send(new GetObjectCommand({ Bucket: bucket, Key: key }), {
            abortSignal,
          });
          return { text: (await answer.Body?.transformToString("utf8")) ?? "", etag: answer.ETag ?? "" };
        } catch (error) {
          if (statusOf(error) === 404) return null;
          throw error;
        }
      }),
    putText: (bucket, key, text, condition, outer) =>
      ask(`PUT ${bucket}/${key}`, outer, async (abortSignal) => {
        const only =
          "ifMatch" in condition ? { IfMatch: condition.ifMatch } : { IfNoneMatch: condition.ifNoneMatch };
        try {
          const answer = await clientFor(bucket).send(
            new PutObjectCommand({
              Bucket: bucket,
              Key: key,
              Body: text,
              ContentType: "application/json",
              ...only,
            }),
            { abortSignal },
          );
          return { written: true, etag: answer.ETag ?? "" };
        } catch (error) {
          // 404: the object that the condition named is gone; the condition does not hold either.
          if ([404, 409, 412].includes(statusOf(error))) return { written: false };
          throw error;
        }
      }),
    delete: (bucket, key, condition, outer) =>
      ask(`DELETE ${bucket}/${key}`, outer, async (abortSignal) => {
        const only = condition !== null && "ifMatch" in condition ? { IfMatch: condition.ifMatch } : {};
        try {
          await clientFor(bucket).send(new DeleteObjectCommand({ Bucket: bucket, Key: key, ...only }), {
            abortSignal,
          });
        } catch (error) {
          // Somebody else's object lies there now, or none: not ours to delete.
          if (![404, 412].includes(statusOf(error))) throw error;
        }
      }),
    list: (bucket, prefix, outer) =>
      objectsBelow(clientFor(bucket), { bucket, prefix }, (work) =>
        ask(`list ${bucket}/${prefix}`, outer, work),
      ),
    listVersions: async (bucket, prefix, outer) => {
      const pages = await pagesOfVersions(clientFor(bucket), { bucket, prefix }, (work) =>
        ask(`list versions of ${bucket}/${prefix}`, outer, work),
      );
      return pages.flatMap(({ Versions = [], DeleteMarkers = [] }) => [
        ...Versions.map((version) => toVersion(version, false)),
        ...DeleteMarkers.map((marker) => toVersion(marker, true)),
      ]);
    },
    tryToShorten: (bucket, key, outer) =>
      ask(`lock of ${bucket}/${key}`, outer, (abortSignal) =>
        tryToShorten(writer, { Bucket: bucket, Key: key }, abortSignal),
      ),
    clock: (outer) =>
      ask(`HEAD ${place.endpoint}`, outer, async (limit) => {
        const began = performance.now();
        const date = await dateOf(place.endpoint, ca, limit);
        return { atMs: Date.parse(date), roundTripMs: performance.now() - began };
      }),
  };
}

/** @param requestTimeout in milliseconds @default 15 s, which is for objects of some megabytes */
export function clientWith(
  place: Pick<OffsitePlace, "endpoint" | "region">,
  identity: S3Identity,
  httpsAgent: Agent,
  requestTimeout = requestMs,
): S3Client {
  return new S3Client({
    endpoint: place.endpoint,
    region: place.region,
    forcePathStyle: true,
    credentials: credentialsOf(place, identity, httpsAgent),
    maxAttempts: 2,
    requestHandler: { httpsAgent, connectionTimeout: 3000, requestTimeout },
    // Stores other than AWS's need not know the newer checksums.
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
  });
}

/** The same authorities signed the certificates of the store and of STS. */
function credentialsOf({ region }: Pick<OffsitePlace, "region">, identity: S3Identity, { options }: Agent) {
  if (!("role" in identity)) return identity;
  const caPem = typeof options.ca === "string" ? options.ca : undefined;
  return roleCredentials({ role: identity.role, region, caPem });
}

/** Every answer carries the store's clock, a refusal too; so it needs no right. */
function dateOf(endpoint: string, ca: string, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const outgoing = request(endpoint, { method: "HEAD", ca, agent: false, signal }, (response) => {
      response.resume();
      const { date } = response.headers;
      if (date === undefined) reject(new Error("an answer without a date"));
      else resolve(date);
    });
    outgoing.on("error", reject);
    outgoing.end();
  });
}

/** 0 when the error is no answer of the store. */
export function statusOf(error: unknown): number {
  if (typeof error !== "object" || error === null || !("$metadata" in error)) return 0;
  const metadata: unknown = error.$metadata;
  if (typeof metadata !== "object" || metadata === null || !("httpStatusCode" in metadata)) return 0;
  return typeof metadata.httpStatusCode === "number" ? metadata.httpStatusCode : 0;
}

function toVersion(
  version: ListedObject & {
    readonly VersionId?: string | undefined;
    readonly IsLatest?: boolean | undefined;
  },
  isDeleteMarker: boolean,
): S3Version {
  return {
    ...toObject(version),
    versionId: version.VersionId ?? "",
    isLatest: version.IsLatest === true,
    isDeleteMarker,
  };
}
