import { createHash } from "node:crypto";
import { Agent } from "node:https";
import { GetObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { messageOf } from "../../drill/adapters/deadline.ts";
import type { S3Identity } from "../../drill/adapters/places.ts";
import { clientWith, statusOf } from "../../drill/adapters/s3.ts";
import { objectsBelow } from "../../drill/adapters/s3-list.ts";
import { UserError } from "../../errors/user-error.ts";

/** The records bucket, as bundles see it: written with keys that add, read with the reader's. */
export interface BundlePlace {
  readonly endpoint: string;
  readonly region: string;
  readonly bucket: string;
  /** PEM; the system's own authorities when empty. */
  readonly ca: string;
  readonly recorder: S3Identity;
  readonly reader: S3Identity;
}

export interface BundleStore {
  /** Every key below the prefix. */
  keys(prefix: string): Promise<ReadonlySet<string>>;
  /** The newest version; null where there is none. */
  read(key: string): Promise<Uint8Array | null>;
  /** A new version, whatever was there: the lock keeps the older ones. */
  write(key: string, body: Uint8Array): Promise<void>;
  close(): void;
}

/** A part of some hundred megabytes over a slow line. */
const requestMs = 1_800_000;
const never = new AbortController();

export function createBundleStore(place: BundlePlace): BundleStore {
  const agent = new Agent({ keepAlive: true, maxSockets: 4, ...(place.ca === "" ? {} : { ca: place.ca }) });
  const recorder = clientWith(place, place.recorder, agent, requestMs);
  const reader = clientWith(place, place.reader, agent, requestMs);
  const { bucket: Bucket } = place;

  async function ask<T>(what: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (cause) {
      throw new UserError("STORE_UNREACHABLE", {
        what: `the third place's store did not do it: ${what}`,
        got: messageOf(cause),
        cause,
      });
    }
  }

  return {
    keys: (prefix) =>
      ask(`list ${Bucket}/${prefix}`, async () => {
        const objects = await objectsBelow(reader, { bucket: Bucket, prefix }, (work) => work(never.signal));
        return new Set(objects.map(({ key }) => key));
      }),
    read: (Key) =>
      ask(`GET ${Bucket}/${Key}`, async () => {
        try {
          const { Body } = await reader.send(new GetObjectCommand({ Bucket, Key }));
          return (await Body?.transformToByteArray()) ?? null;
        } catch (error) {
          if (statusOf(error) === 404) return null;
          throw error;
        }
      }),
    write: (Key, Body) =>
      ask(`PUT ${Bucket}/${Key}`, async () => {
        // A store asks for the sum where what is written is locked.
        const ContentMD5 = createHash("md5").update(Body).digest("base64");
        await recorder.send(new PutObjectCommand({ Bucket, Key, Body, ContentMD5 }));
      }),
    close() {
      recorder.destroy();
      reader.destroy();
    },
  };
}
