import { spawn } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { S3Store } from "../../../provider/clients/s3.ts";

/** A SeaweedFS of a test's own on 127.0.0.1. */
export interface Weed {
  readonly endpoint: string;
  readonly store: S3Store;
  stop(): Promise<void>;
}

export const weedKeys = { accessKey: "key", secretKey: "very-secret-key" };

/** Starts one; `program` is HOLDFAST_WEED. Ready is a first object, not a first answer. */
export async function startWeed(program: string): Promise<Weed> {
  const root = await mkdtemp(path.join(tmpdir(), "holdfast-weed-"));
  const [master, volume, filer, s3] = await Promise.all([freePort(), freePort(), freePort(), freePort()]);
  const actions = ["Admin", "Read", "Write", "List", "Tagging"];
  const config = path.join(root, "s3.json");
  await writeFile(
    config,
    JSON.stringify({ identities: [{ name: "admin", credentials: [weedKeys], actions }] }),
  );
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
    { stdio: "ignore" },
  );
  const endpoint = `http://127.0.0.1:${s3}`;
  const store = new S3Store({ endpoint, region: "us-east-1", ...weedKeys });
  const stop = async (): Promise<void> => {
    // Asked to end, it takes its time over data that nobody wants any more.
    server.kill("SIGKILL");
    await rm(root, { recursive: true, force: true });
  };
  for (let attempt = 0; attempt < 120; attempt++) {
    try {
      if (!(await store.hasBucket("ready"))) await store.createBucket("ready", { objectLock: false });
      await store.put("ready", "probe", "x");
      return { endpoint, store, stop };
    } catch {
      await sleep(500);
    }
  }
  await stop();
  throw new Error("SeaweedFS did not become ready");
}

async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const listener = createServer();
    listener.once("error", reject);
    listener.listen(0, "127.0.0.1", () => {
      const address = listener.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      // SeaweedFS adds ten thousand for its gRPC ports.
      listener.close(() => resolve(port > 50_000 ? port - 30_000 : port));
    });
  });
}
