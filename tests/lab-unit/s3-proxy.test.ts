// The fault proxy on loopback, before a small HTTPS server in the store's stead. What pgBackRest makes of each fault
// against the real store is tests/faults.
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, request, type Server } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { renderRedirect } from "../../lab/faults/s3-proxy/place.ts";
import { createProxy, type RequestLine, type StoreFaultProxy } from "../../lab/faults/s3-proxy/proxy.ts";
import { type Control, controlSchema, Decider, listingBefore } from "../../lab/faults/s3-proxy/rules.ts";
import { ensureAuthority, ensureLeaf } from "../../lab/secrets/certificates.ts";

let folder: string;
let store: Server;
let proxy: StoreFaultProxy;
let ca: string;
const stored: { method: string; headers: readonly string[]; body: string }[] = [];
const seen: RequestLine[] = [];
const object = Buffer.alloc(200_000, "x");

async function listen(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return portOf(server);
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "holdfast-proxy-"));
  const authority = await ensureAuthority(join(folder, "ca"), "ca");
  await ensureLeaf(authority, { path: join(folder, "tls"), commonName: "store.test", dns: ["store.test"] });
  const [cert, key] = ["tls.crt", "tls.key"].map((name) => readFileSync(join(folder, name), "utf8"));
  ca = readFileSync(join(folder, "ca.crt"), "utf8");
  store = createServer({ cert: cert ?? "", key: key ?? "" }, (incoming, outgoing) => {
    const chunks: Buffer[] = [];
    incoming.on("error", () => undefined);
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
    incoming.on("end", () => {
      stored.push({
        method: incoming.method ?? "",
        headers: incoming.rawHeaders,
        body: Buffer.concat(chunks).toString(),
      });
      if (incoming.url?.includes("list-type=2")) return void outgoing.end(listing);
      outgoing.setHeader("content-length", object.length);
      outgoing.end(object);
    });
  });
  const upstream = { address: "127.0.0.1", port: await listen(store), name: "store.test", ca };
  proxy = createProxy({ cert: cert ?? "", key: key ?? "", upstream, onRequest: (line) => seen.push(line) });
  await listen(proxy.server);
});

afterAll(async () => {
  store.close();
  proxy.server.close();
  store.closeAllConnections();
  proxy.server.closeAllConnections();
  await rm(folder, { recursive: true, force: true });
});

beforeEach(() => {
  stored.length = 0;
  seen.length = 0;
  proxy.control({ rules: [] });
});

interface Got {
  readonly status: number;
  readonly body: Buffer;
  /** How the body ended too early. */
  readonly error: string | null;
}

function ask(method: string, path: string, body = ""): Promise<Got> {
  return new Promise((resolve, reject) => {
    const options = {
      host: "127.0.0.1",
      port: portOf(proxy.server),
      servername: "store.test",
      ca,
      agent: false as const,
    };
    const headers = { Host: "store.test:8333", Authorization: "AWS4 signed", "Content-Length": body.length };
    const outgoing = request({ ...options, method, path, headers }, (answer) => {
      const chunks: Buffer[] = [];
      const end = (error: string | null) =>
        resolve({ status: answer.statusCode ?? 0, body: Buffer.concat(chunks), error });
      answer.on("data", (chunk: Buffer) => chunks.push(chunk));
      answer.on("end", () => end(null)).on("error", (error: NodeJS.ErrnoException) => end(error.code ?? ""));
    });
    // A reset takes with it what the client has not read yet, the head included.
    outgoing.on("error", (error: NodeJS.ErrnoException) =>
      error.code === "ECONNRESET"
        ? resolve({ status: 0, body: Buffer.alloc(0), error: error.code })
        : reject(error),
    );
    outgoing.end(body);
  });
}

const control = (action: Control["rules"][number]["action"], more: object = {}) =>
  proxy.control({ rules: [{ name: "r", action, ...more }] });

describe("the fault proxy", () => {
  test("passes on what it is not told to harm: host, signature and body as they were sent", async () => {
    const got = await ask("PUT", "/bucket/key?x=1", "content");
    expect(got).toMatchObject({ status: 200, error: null });
    expect(stored[0]).toMatchObject({ method: "PUT", body: "content" });
    const headers = stored[0]?.headers.join(" ");
    expect(headers).toContain("Host store.test:8333");
    expect(headers).toContain("Authorization AWS4 signed");
    expect(seen[0]).toMatchObject({ method: "PUT", target: "/bucket/key?x=1", rule: null, status: 200 });
  });

  test("a status in the store's stead stores nothing", async () => {
    control({ kind: "status", status: 503, code: "SlowDown" });
    const got = await ask("PUT", "/bucket/key", "content");
    expect(got.status).toBe(503);
    expect(got.body.toString()).toContain("<Code>SlowDown</Code>");
    expect(stored).toEqual([]);
    expect(seen[0]).toMatchObject({ rule: "r", status: 503 });
  });

  test("by method, by target, and so many times", async () => {
    control(
      { kind: "status", status: 500, code: "InternalError" },
      { methods: ["PUT"], target: "/archive/", times: 1 },
    );
    expect((await ask("GET", "/b/archive/1")).status).toBe(200);
    expect((await ask("PUT", "/b/backup/1", "x")).status).toBe(200);
    expect((await ask("PUT", "/b/archive/1", "x")).status).toBe(500);
    expect((await ask("PUT", "/b/archive/1", "x")).status).toBe(200);
  });

  test("a reset is a reset, a truncated body ends early, a garbled one is as long", async () => {
    control({ kind: "reset", afterBytes: 1000 });
    expect((await ask("GET", "/b/k")).error).toBe("ECONNRESET");
    control({ kind: "truncate", keepBytes: 1000 });
    const short = await ask("GET", "/b/k");
    expect(short.status).toBe(200);
    expect(short.body.length).toBe(1000);
    expect(short.error).not.toBeNull();
    control({ kind: "garble", at: 150_000 });
    const wrong = await ask("GET", "/b/k");
    expect(wrong.error).toBeNull();
    expect(wrong.body.length).toBe(object.length);
    expect([...wrong.body].flatMap((byte, at) => (byte === 0x78 ? [] : [at]))).toEqual([150_000]);
  });

  test("slow and hold take their time", async () => {
    control({ kind: "slow", delayMs: 100, bytesPerSecond: 400_000 });
    const began = performance.now();
    expect((await ask("GET", "/b/k")).body.length).toBe(object.length);
    expect(performance.now() - began).toBeGreaterThan(550);
    control({ kind: "hold", ms: 300 });
    const held = performance.now();
    await ask("PUT", "/b/k", "x");
    expect(performance.now() - held).toBeGreaterThan(290);
  });

  test("tells of a client too that left while it was held", async () => {
    control({ kind: "hold", ms: 300 });
    const options = {
      host: "127.0.0.1",
      port: portOf(proxy.server),
      servername: "store.test",
      ca,
      agent: false,
    };
    const leaving = request({ ...options, method: "PUT", path: "/b/k", headers: { "Content-Length": 1000 } });
    const left = once(leaving, "error");
    leaving.write("the beginning");
    setTimeout(() => leaving.destroy(new Error("left")), 100);
    await left;
    await expect.poll(() => seen, { timeout: 30_000 }).toHaveLength(1);
    expect(seen[0]).toMatchObject({ target: "/b/k", rule: "r", status: 0 });
    expect(stored).toEqual([]);
  });

  test("an old listing lacks what came later, an empty one everything", async () => {
    control({ kind: "list-before", atMs: Date.parse("2026-01-01T00:30:00Z") }, { target: "list-type=2" });
    const old = (await ask("GET", "/b?list-type=2")).body.toString();
    expect(old).toContain("<Key>a</Key>");
    expect(old).not.toContain("<Key>b</Key>");
    const empty = listingBefore(listing, 0);
    expect(empty).not.toMatch(/<Key>|<Prefix>c/);
    expect(empty).toContain("<KeyCount>0</KeyCount>");
  });
});

test("the same seed gives the same faults, at about the rate asked for", () => {
  const draw = (seed: number): string => {
    const rules = [
      { name: "r", rate: 0.3, action: { kind: "status" as const, status: 503, code: "SlowDown" } },
    ];
    const decider = new Decider(controlSchema.parse({ seed, rules }));
    return Array.from({ length: 1000 }, () => (decider.decide("PUT", "/") === null ? "." : "x")).join("");
  };
  expect(draw(7)).toBe(draw(7));
  expect(draw(7)).not.toBe(draw(8));
  const hits = [...draw(7)].filter((mark) => mark === "x").length;
  expect(hits).toBeGreaterThan(240);
  expect(hits).toBeLessThan(360);
});

test("only those named are led through the proxy", () => {
  const rules = renderRedirect(["primary"]).join("\n");
  expect(rules).toContain(
    "ip saddr { 198.18.64.0/20, 198.18.0.11 } ip daddr 198.18.0.20 tcp dport 8333 dnat",
  );
  expect(rules).not.toContain("198.18.128.0/20");
});

const listing = `<?xml version="1.0"?><ListBucketResult><KeyCount>2</KeyCount><Contents><Key>a</Key><LastModified>2026-01-01T00:00:00Z</LastModified></Contents><Contents><Key>b</Key><LastModified>2026-01-01T01:00:00Z</LastModified></Contents><CommonPrefixes><Prefix>c/</Prefix></CommonPrefixes></ListBucketResult>`;
