import { spawn } from "node:child_process";
import { Resolver } from "node:dns/promises";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { siteRoot } from "../../../lab/images/site-root.ts";
import { freePorts } from "./free-ports.ts";

/** A PowerDNS of its own on loopback, as the lab's first one is set: an API, and LUA records. */
export interface TestNameServer {
  readonly api: string;
  readonly keyFile: string;
  /** Addresses of so many answers, one question each. */
  ask(name: string, times: number): Promise<readonly string[]>;
  stop(): Promise<void>;
}

const KEY = "only-this-test";
/** Of a cold start on a machine that has much else to do. */
const readyMs = 120_000;

/** @param addresses where it answers on DNS's own port; without any on a free port of 127.0.0.1 */
export async function startNameServer(addresses: readonly string[] = []): Promise<TestNameServer> {
  const root = (await siteRoot()).path;
  const folder = await mkdtemp(join(tmpdir(), "name-server-"));
  const [free = 0, web = 0] = await freePorts(2);
  const [first = "127.0.0.1"] = addresses;
  const dns = addresses.length === 0 ? free : 53;
  await mkdir(join(folder, "run"));
  await writeFile(join(folder, "key"), KEY);
  const settings = {
    "config-dir": "/mnt",
    launch: "gsqlite3",
    "gsqlite3-database": "/mnt/zones.db",
    "local-address": [first, ...addresses.slice(1)].join(","),
    "local-port": String(dns),
    "socket-dir": "/mnt/run",
    "enable-lua-records": "yes",
    "cache-ttl": "0",
    "query-cache-ttl": "0",
    "negquery-cache-ttl": "0",
    "zone-cache-refresh-interval": "0",
    "security-poll-suffix": "",
    "write-pid": "no",
    primary: "yes",
    api: "yes",
    "api-key": KEY,
    webserver: "yes",
    "webserver-address": "127.0.0.1",
    "webserver-port": String(web),
    "webserver-allow-from": "127.0.0.1",
  };
  const options = Object.entries(settings).map(([name, value]) => `--${name}=${value}`);
  // In a mount namespace of its own: the tree is a cache that others use, and the database lies in our folder.
  const script = `
mount --bind "$1" "$2/mnt"
shift
exec chroot "$@"`;
  const schema = "/usr/share/pdns-backend-sqlite3/schema/schema.sqlite3.sql";
  const start = `sqlite3 -bail /mnt/zones.db < ${schema} && exec pdns_server "$@"`;
  const server = spawn(
    "unshare",
    ["--mount", "sh", "-ec", script, "sh", folder, root, "sh", "-ec", start, "pdns", ...options],
    { stdio: ["ignore", "ignore", "pipe"] },
  );
  let said = "";
  server.stderr.on("data", (chunk: Buffer) => {
    said = `${said}${chunk}`.slice(-4_000);
  });
  const api = `http://127.0.0.1:${web}`;
  const stop = async (): Promise<void> => {
    if (server.exitCode === null && server.signalCode === null) {
      const ended = new Promise((resolve) => server.once("exit", resolve));
      server.kill("SIGKILL");
      await ended;
    }
    await rm(folder, { recursive: true, force: true });
  };
  for (const end = performance.now() + readyMs; performance.now() < end && server.exitCode === null; ) {
    const headers = { "X-API-Key": KEY };
    const signal = AbortSignal.timeout(5_000);
    const answer = await fetch(`${api}/api/v1/servers/localhost`, { headers, signal }).catch(() => undefined);
    if (answer?.ok === true)
      return { api, keyFile: join(folder, "key"), ask: askAt(`${first}:${dns}`), stop };
    await sleep(50);
  }
  await stop();
  throw new Error(`PowerDNS did not answer at ${api}: ${said}`);
}

function askAt(server: string): TestNameServer["ask"] {
  return async (name, times) => {
    const resolver = new Resolver({ timeout: 5_000, tries: 4 });
    resolver.setServers([server]);
    const answers: string[] = [];
    for (let count = 0; count < times; count++) answers.push(...(await resolver.resolve4(name)));
    return answers;
  };
}
