import { readdir, readFile } from "node:fs/promises";
import { Agent } from "node:https";
import { hostname } from "node:os";
import { basename, join } from "node:path";
import { GetObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { z } from "zod";
import { UserError } from "../../errors/user-error.ts";
import type { StackLock } from "../ports/engine.ts";
import { withDeadline } from "./deadline.ts";
import type { S3Keys } from "./places.ts";
import { clientWith, statusOf } from "./s3.ts";
import { objectsBelow } from "./s3-list.ts";

/** Where Pulumi keeps the stacks' state, and with it their locks. */
export interface StatePlace {
  /** PULUMI_BACKEND_URL: `s3://bucket?endpoint=...&region=...`, or `file:///folder`. */
  readonly url: string;
  readonly keys: S3Keys;
  /** PEM of the CA that signed the store's certificate. */
  readonly ca: string;
  /** Is there a process of that number on this host that was there at that time? */
  readonly livesSince: (pid: number, atMs: number) => boolean;
}

const requestMs = 15_000;

/** As pulumi/pkg/backend/diy/lock.go writes it (`lockContent`). */
const contentSchema = z.object({
  pid: z.number().int(),
  username: z.string(),
  hostname: z.string(),
  timestamp: z.iso.datetime({ offset: true }),
});

/** A lock's file by its name (the update's id); null for one that was given back meanwhile. */
interface LockFolder {
  names(folder: string, signal: AbortSignal): Promise<readonly string[]>;
  read(path: string, signal: AbortSignal): Promise<string | null>;
}

/**
 * The locks of a stack: one file each below `.pulumi/locks/organization/PROJECT/STACK/` (`stackLockDir` of lock.go, for
 * a project-scoped stack). A file that cannot be read as a lock throws `STACK_LOCKED`: whose it is nobody knows.
 */
export async function readStackLocks(
  place: StatePlace,
  project: string,
  stack: string,
  signal: AbortSignal,
): Promise<readonly StackLock[]> {
  const folder = folderOf(place);
  const path = `.pulumi/locks/organization/${project}/${stack}`;
  return withDeadline(requestMs, signal, async (limit) => {
    const names = (await folder.names(path, limit)).filter((name) => name.endsWith(".json"));
    const locks = await Promise.all(
      names.map(async (name) => {
        const text = await folder.read(`${path}/${name}`, limit);
        return text === null ? [] : [toLock(place, `${path}/${name}`, text)];
      }),
    );
    return locks.flat();
  });
}

function toLock({ livesSince }: StatePlace, file: string, text: string): StackLock {
  const { pid, username, hostname: host, timestamp } = contentOf(file, text);
  const takenAtMs = Date.parse(timestamp);
  const here = host === hostname();
  const holder = here ? (livesSince(pid, takenAtMs) ? "lives" : "gone") : "elsewhere";
  return { id: basename(file, ".json"), pid, username, host, takenAtMs, holder };
}

function contentOf(file: string, text: string): z.infer<typeof contentSchema> {
  try {
    return contentSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new UserError("STACK_LOCKED", {
      what: "there is a lock that does not say whose it is",
      got: `${file}: ${text.slice(0, 200)}`,
      cause,
    });
  }
}

function folderOf(place: StatePlace): LockFolder {
  const url = new URL(place.url);
  if (url.protocol === "file:") return onDisk(decodeURIComponent(url.pathname));
  if (url.protocol === "s3:") return inBucket(place, url);
  throw new UserError("STACK_LOCKED", {
    what: "whose locks are on the stacks cannot be read from this backend, so none is cancelled",
    got: `${url.protocol}//`,
    allowed: "s3://, file://",
  });
}

function onDisk(root: string): LockFolder {
  return {
    names: (folder) => readdir(join(root, folder)).catch(noneThere([])),
    read: (path) => readFile(join(root, path), "utf8").catch(noneThere(null)),
  };
}

function noneThere<T>(none: T): (error: unknown) => T {
  return (error) => {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return none;
    throw error;
  };
}

function inBucket({ keys, ca }: StatePlace, url: URL): LockFolder {
  const asked = url.searchParams;
  const region = asked.get("region") ?? "us-east-1";
  const endpoint = asked.get("endpoint") ?? `https://s3.${region}.amazonaws.com`;
  const whole = endpoint.includes("://") ? endpoint : `https://${endpoint}`;
  const bucket = url.hostname;
  // gocloud's parameter, and Pulumi's own way to say the same.
  const below = url.pathname.replace(/^\/+/, "").replace(/([^/])$/, "$1/");
  const prefix = `${asked.get("prefix") ?? ""}${below}`;
  const once = async <T>(work: (client: S3Client) => Promise<T>): Promise<T> => {
    const client = clientWith({ endpoint: whole, region }, keys, new Agent({ ca }));
    try {
      return await work(client);
    } finally {
      client.destroy();
    }
  };
  return {
    names: (folder, signal) =>
      once(async (client) => {
        const found = await objectsBelow(client, { bucket, prefix: `${prefix}${folder}/` }, (work) =>
          work(signal),
        );
        return found.map(({ key }) => key.slice(`${prefix}${folder}/`.length));
      }),
    read: (path, abortSignal) =>
      once(async (client) => {
        try {
          const command = new GetObjectCommand({ Bucket: bucket, Key: `${prefix}${path}` });
          return (
            (await (await client.send(command, { abortSignal })).Body?.transformToString("utf8")) ?? null
          );
        } catch (error) {
          if (statusOf(error) === 404) return null;
          throw error;
        }
      }),
  };
}
