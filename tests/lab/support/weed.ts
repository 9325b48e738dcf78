import { spawn } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { renderStoreSecurity } from "../../../lab/third/objects.ts";
import { S3Store } from "../../../provider/clients/s3.ts";
import { freePorts } from "./free-ports.ts";

/** A SeaweedFS of a test's own on 127.0.0.1. */
export interface Weed {
  readonly endpoint: string;
  readonly store: S3Store;
  stop(): Promise<void>;
}

/** Of a cold start on a machine that has much else to do. */
const readyMs = 240_000;

export const weedKeys = { accessKey: "key", secretKey: "very-secret-key" };

export interface WeedIdentity {
  readonly name: string;
  readonly credentials: readonly { readonly accessKey: string; readonly secretKey: string }[];
  readonly actions: readonly string[];
}

/**
 * Starts one; `program` is HOLDFAST_WEED. Ready is a first object, not a first answer.
 * @param others beside the administrator of `weedKeys`
 */
export async function startWeed(program: string, others: readonly WeedIdentity[] = []): Promise<Weed> {
  const root = await mkdtemp(path.join(tmpdir(), "holdfast-weed-"));
  // SeaweedFS adds ten thousand for its gRPC ports.
  const [master, volume, filer, s3] = await freePorts(4, [10_000]);
  const actions = ["Admin", "Read", "Write", "List", "Tagging"];
  const config = path.join(root, "s3.json");
  await writeFile(
    config,
    JSON.stringify({ identities: [{ name: "tests", credentials: [weedKeys], actions }, ...others] }),
  );
  // Without a key it takes a bucket's default encryption and then refuses every object.
  await writeFile(path.join(root, "security.toml"), renderStoreSecurity("0".repeat(64)));
  await mkdir(path.join(root, "data"));
  const server = spawn(
    program,
    [
      "server",
      `-dir=${path.join(root, "data")}`,
      "-ip=127.0.0.1",
      "-ip.bind=127.0.0.1",
      `-master.port=${master}`,
      "-master.volumeSizeLimitMB=64",
      `-volume.port=${volume}`,
      "-volume.max=1000",
      "-volume.minFreeSpace=1",
      "-filer",
      `-filer.port=${filer}`,
      "-s3",
      `-s3.port=${s3}`,
      `-s3.config=${config}`,
    ],
    { cwd: root, stdio: ["ignore", "ignore", "pipe"] },
  );
  let said = "";
  server.stderr.on("data", (chunk: Buffer) => {
    said = `${said}${chunk}`.slice(-4_000);
  });
  const endpoint = `http://127.0.0.1:${s3}`;
  const store = new S3Store({ endpoint, region: "us-east-1", ...weedKeys });
  const stop = async (): Promise<void> => {
    // Asked to end, it takes its time over data that nobody wants any more.
    if (server.exitCode === null && server.signalCode === null) {
      const ended = new Promise((resolve) => server.once("exit", resolve));
      server.kill("SIGKILL");
      // While it ends it writes, and a folder that gets files is not removed.
      await ended;
    }
    await rm(root, { recursive: true, force: true });
  };
  let last: unknown = "nothing";
  for (const end = performance.now() + readyMs; performance.now() < end && server.exitCode === null; ) {
    try {
      if (!(await store.hasBucket("ready"))) await store.createBucket("ready", { objectLock: false });
      await store.put("ready", "probe", "x");
      return { endpoint, store, stop };
    } catch (error) {
      last = error;
      await sleep(500);
    }
  }
  await stop();
  throw new Error(
    `SeaweedFS did not become ready in ${readyMs / 1000} s; last seen: ${last}; it said: ${said}`,
  );
}
