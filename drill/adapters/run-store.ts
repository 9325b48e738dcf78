import { createHash } from "node:crypto";
import { Agent } from "node:https";
import { GetObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { PortError } from "../ports/port-error.ts";
import type { RunStore, StoredCopy } from "../run-copy/store.ts";
import { messageOf, withDeadline } from "./deadline.ts";
import type { OffsitePlace } from "./places.ts";
import { clientWith, statusOf } from "./s3.ts";
import { pagesOfVersions } from "./s3-versions.ts";

/** A ledger of an hour is some megabytes. */
const requestMs = 30_000;

/** The records bucket: added to with the recorder's keys, read with the reader's. */
export function createRunStore(place: OffsitePlace, ca: string): RunStore {
  const agent = new Agent({ ca, keepAlive: true, maxSockets: 8 });
  const recorder = clientWith(place, place.recorder, agent);
  const reader = clientWith(place, place.reader, agent);
  const bucket = place.recordsBucket;

  async function ask<T>(what: string, signal: AbortSignal, work: (limit: AbortSignal) => Promise<T>) {
    try {
      return await withDeadline(requestMs, signal, work);
    } catch (cause) {
      signal.throwIfAborted();
      throw new PortError("records", `${what}: ${messageOf(cause)}`, { cause });
    }
  }

  return {
    add: (key, text, outer) =>
      ask(`PUT ${bucket}/${key}`, outer, async (abortSignal) => {
        const put = new PutObjectCommand({
          Bucket: bucket,
          Key: key,
          Body: text,
          IfNoneMatch: "*",
          // A store asks for it where a written object is locked.
          ContentMD5: createHash("md5").update(text).digest("base64"),
        });
        try {
          await recorder.send(put, { abortSignal });
        } catch (error) {
          // 412: it is there: the answer to an earlier try was lost.
          if (statusOf(error) !== 412) throw error;
        }
      }),
    list: async (prefix, outer) => {
      const pages = await pagesOfVersions(reader, { bucket, prefix }, (work) =>
        ask(`list ${bucket}/${prefix}`, outer, work),
      );
      const versions = pages.flatMap(({ Versions = [] }) =>
        Versions.map(
          ({ Key, VersionId, LastModified }): Version => ({
            key: Key ?? "",
            versionId: VersionId ?? "",
            atMs: LastModified?.getTime() ?? 0,
          }),
        ),
      );
      return firstVersions(versions);
    },
    read: ({ key, versionId }, outer) =>
      ask(`GET ${bucket}/${key}`, outer, async (abortSignal) => {
        const get = new GetObjectCommand({ Bucket: bucket, Key: key, VersionId: versionId });
        const answer = await reader.send(get, { abortSignal });
        return (await answer.Body?.transformToString("utf8")) ?? "";
      }),
  };
}

interface Version {
  readonly key: string;
  readonly versionId: string;
  readonly atMs: number;
}

/** Stores list a key's newest version first; of two with the same time the later listed is the older. */
function firstVersions(versions: readonly Version[]): readonly StoredCopy[] {
  const first = new Map<string, Version & { readonly versions: number }>();
  for (const version of versions) {
    const known = first.get(version.key);
    const older = known === undefined || version.atMs <= known.atMs ? version : known;
    first.set(version.key, { ...older, versions: (known?.versions ?? 0) + 1 });
  }
  return [...first.values()]
    .map(({ key, versionId, versions: count }) => ({ key, versionId, versions: count }))
    .sort((a, b) => (a.key < b.key ? -1 : 1));
}
