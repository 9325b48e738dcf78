// Stand-in for AWS: moto, the lab's and its tests' alone.
import { type ChildProcess, spawn } from "node:child_process";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** A running moto: AWS's APIs in memory, empty at the start and forgotten at the end. */
export interface Moto {
  /** For `AWS_ENDPOINT_URL`. */
  readonly endpoint: string;
  stop(): Promise<void>;
}

/** Of a cold start of Python on a machine that has much else to do. */
const READY_TIMEOUT_MS = 120_000;

/** Starts moto out of its tree (lab/images/moto-root.ts) on a free port of loopback. */
export async function startMoto(root: string): Promise<Moto> {
  const port = await freePort();
  const endpoint = `http://127.0.0.1:${port}`;
  const server = spawn("chroot", [root, "/usr/bin/moto_server", "-H", "127.0.0.1", "-p", String(port)], {
    // The tree is a cache that others use at the same time: nothing is written there. Of the caller's environment
    // nothing comes along: a profile of the caller's, which is not in the tree, made moto's own boto3 fail.
    env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", HOME: "/tmp", PYTHONDONTWRITEBYTECODE: "1" },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  server.stderr?.on("data", (chunk: Buffer) => {
    said = `${said}${chunk}`.slice(-4_000);
  });
  for (const end = Date.now() + READY_TIMEOUT_MS; Date.now() < end; await sleep(50)) {
    if (server.exitCode !== null) throw new Error(`moto ended with status ${server.exitCode}: ${said}`);
    if (await answers(endpoint)) return { endpoint, stop: () => endOf(server) };
  }
  await endOf(server);
  throw new Error(`moto did not answer at ${endpoint} within ${READY_TIMEOUT_MS / 1000} s: ${said}`);
}

async function answers(endpoint: string): Promise<boolean> {
  return fetch(`${endpoint}/moto-api/data.json`, { signal: AbortSignal.timeout(2_000) }).then(
    (response) => response.ok,
    () => false,
  );
}

function endOf(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    server.once("exit", () => resolve());
    server.kill("SIGKILL");
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const listener = createServer();
    listener.once("error", reject);
    listener.listen(0, "127.0.0.1", () => {
      const address = listener.address();
      listener.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}
