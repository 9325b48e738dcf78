// Real TLS servers with real certificates on loopback. Does not prove what the lab's own servers show (tests/faults).
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer as createTlsServer, TLSSocket } from "node:tls";
import { execa } from "execa";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createCertificatePort } from "../../drill/adapters/certificates.ts";
import type { Places } from "../../drill/adapters/index.ts";
import { ensureAuthority, ensureLeaf } from "../../lab/secrets/certificates.ts";

let folder: string;
let own: string;
const servers: Server[] = [];

const read = (name: string): string => readFileSync(join(folder, name), "utf8");

async function listen(server: Server): Promise<number> {
  servers.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

const tlsServer = (name: string): Promise<number> =>
  listen(createTlsServer({ cert: read(`${name}.crt`), key: read(`${name}.key`) }, () => undefined));

/** As PostgreSQL: one byte, then TLS on the same connection. */
const postgresServer = (name: string, answer: string): Promise<number> =>
  listen(
    createServer((socket) => {
      socket.on("error", () => undefined);
      socket.once("data", () => {
        socket.write(answer);
        if (answer === "S")
          new TLSSocket(socket, { isServer: true, cert: read(`${name}.crt`), key: read(`${name}.key`) }).on(
            "error",
            () => undefined,
          );
      });
    }),
  );

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "holdfast-certificates-"));
  const authority = await ensureAuthority(join(folder, "ca"), "own");
  const stranger = await ensureAuthority(join(folder, "stranger"), "stranger");
  const leaf = { commonName: "a", dns: ["offsite.test", "db.test", "erp.test"] };
  await ensureLeaf(authority, { ...leaf, path: join(folder, "good") });
  await ensureLeaf(stranger, { ...leaf, path: join(folder, "foreign") });
  await ensureLeaf(authority, { commonName: "b", dns: ["other.test"], path: join(folder, "other") });
  // A day that is over: -not_after wants OpenSSL 3.4, -days 0 ends at once everywhere.
  await execa("openssl", [
    ...["x509", "-req", "-days", "0", "-CA", join(folder, "ca.crt"), "-CAkey", join(folder, "ca.key")],
    ...["-in", await request(), "-out", join(folder, "expired.crt"), "-CAcreateserial"],
  ]);
  own = read("ca.crt");
});

async function request(): Promise<string> {
  const file = join(folder, "expired.csr");
  await execa("openssl", [
    ...[
      "req",
      "-new",
      "-newkey",
      "ec",
      "-pkeyopt",
      "ec_paramgen_curve:P-256",
      "-noenc",
      "-subj",
      "/CN=offsite.test",
    ],
    ...["-keyout", join(folder, "expired.key"), "-out", file],
  ]);
  return file;
}

afterAll(async () => {
  for (const server of servers) server.close();
  await rm(folder, { recursive: true, force: true });
});

async function look(ports: { store: number; database: number; gateway: number }) {
  const site = { address: "127.0.0.1", databasePort: ports.database, gatewayPort: ports.gateway };
  const port = createCertificatePort({
    ca: own,
    publicName: "erp.test",
    databaseName: "db.test",
    offsite: { endpoint: `https://127.0.0.1:${ports.store}`, host: "offsite.test" },
    sites: { primary: site, dr: site },
  } as unknown as Places);
  const [store, database, gateway] = await port.look(AbortSignal.timeout(20_000));
  return { store, database, gateway };
}

test("what is in order is seen with its last day, PostgreSQL's too", async () => {
  const seen = await look({
    store: await tlsServer("good"),
    database: await postgresServer("good", "S"),
    gateway: await tlsServer("good"),
  });
  for (const one of Object.values(seen)) {
    expect(one).toMatchObject({ reached: true, problem: null });
    expect(one?.validToMs).toBeGreaterThan(Date.now() + 300 * 86_400_000);
  }
  expect(seen.database?.what).toBe("database of primary");
});

test("expired, a stranger's, another name's", async () => {
  const seen = await look({
    store: await tlsServer("expired"),
    database: await postgresServer("foreign", "S"),
    gateway: await tlsServer("other"),
  });
  expect(seen.store).toMatchObject({ reached: true, problem: expect.stringMatching(/EXPIRED/) });
  expect(seen.database).toMatchObject({ reached: true, problem: expect.stringMatching(/UNABLE_TO/) });
  expect(seen.gateway).toMatchObject({ reached: true, problem: expect.stringMatching(/ALTNAME|erp\.test/) });
});

test("nobody there, and a server without TLS, are not reached", async () => {
  const seen = await look({ store: 1, database: await postgresServer("good", "N"), gateway: 1 });
  expect(seen.store).toMatchObject({ reached: false, problem: expect.stringMatching(/REFUSED/) });
  expect(seen.database).toMatchObject({ reached: false, problem: "the server takes no TLS" });
});
