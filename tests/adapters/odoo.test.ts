// The user's transaction against a small HTTPS server that speaks as Odoo 14 does. The real Odoo is in tests/lab.
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TLSSocket } from "node:tls";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createOdooPort } from "../../drill/adapters/odoo.ts";
import type { OdooTarget } from "../../drill/adapters/odoo-rpc.ts";
import { createOdooUser, proofOf } from "../../drill/adapters/odoo-user.ts";
import { PortError } from "../../drill/ports/port-error.ts";
import { ensureAuthority, ensureLeaf } from "../../lab/secrets/certificates.ts";

let folder: string;
let ca: string;
let strangers: string;
let server: Server;
let target: OdooTarget;

/** What the server saw and how it behaves. */
let seen: {
  readonly path: string;
  readonly host: string | undefined;
  readonly name: unknown;
  readonly socket: object;
}[];
let sessions: Set<string>;
let partners: Map<number, string>;
let behaviour: { readBack: (name: string) => string; hang: boolean; status: number };

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "holdfast-odoo-"));
  const authority = await ensureAuthority(join(folder, "ca"), "test");
  await ensureLeaf(authority, { path: join(folder, "leaf"), commonName: "erp", dns: ["erp.holdfast.test"] });
  await ensureAuthority(join(folder, "strangers"), "strangers");
  ca = await readFile(join(folder, "ca.crt"), "utf8");
  strangers = await readFile(join(folder, "strangers.crt"), "utf8");
});
afterAll(() => rm(folder, { recursive: true }));

beforeEach(async () => {
  seen = [];
  sessions = new Set();
  partners = new Map();
  behaviour = { readBack: (name) => name, hang: false, status: 200 };
  const [cert, key] = await Promise.all([
    readFile(join(folder, "leaf.crt"), "utf8"),
    readFile(join(folder, "leaf.key"), "utf8"),
  ]);
  server = createServer({ cert, key }, (request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on("end", () => {
      seen.push({
        path: request.url ?? "",
        host: request.headers.host,
        name: (request.socket as TLSSocket).servername,
        socket: request.socket,
      });
      if (behaviour.hang) return;
      const { params } = JSON.parse(body) as {
        params: { db?: string; login?: string; password?: string; method?: string; args?: unknown[] };
      };
      const { result, error, cookie } = reply(request.url ?? "", request.headers.cookie, params);
      if (cookie !== undefined) response.setHeader("set-cookie", `session_id=${cookie}; Path=/; HttpOnly`);
      response.statusCode = behaviour.status;
      response.end(
        JSON.stringify(
          error === undefined ? { jsonrpc: "2.0", id: 1, result } : { jsonrpc: "2.0", id: 1, error },
        ),
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  target = { host: "erp.holdfast.test", port, ca, database: "odoo", login: "admin", password: "right" };
});
afterEach(() => {
  server.closeAllConnections();
  return new Promise<void>((resolve) => server.close(() => resolve()));
});

type Reply = { readonly result?: unknown; readonly error?: unknown; readonly cookie?: string };

function reply(
  path: string,
  cookie: string | undefined,
  params: { login?: string; password?: string; method?: string; args?: unknown[] },
): Reply {
  if (path === "/web/session/authenticate") {
    if (params.password !== "right") return { result: { uid: false } };
    const id = `s${sessions.size + 1}`;
    sessions.add(id);
    return { result: { uid: 2 }, cookie: id };
  }
  const session = /session_id=(\w+)/.exec(cookie ?? "")?.[1];
  if (session === undefined || !sessions.has(session)) {
    return {
      error: {
        code: 100,
        message: "Odoo Session Expired",
        data: { name: "odoo.http.SessionExpiredException", message: "Session expired" },
      },
    };
  }
  switch (params.method) {
    case "create": {
      const id = partners.size + 1;
      partners.set(id, (params.args as [{ name: string }])[0].name);
      return { result: id };
    }
    case "read":
      return {
        result: (params.args as [number[]])[0].map((id) => ({
          id,
          name: behaviour.readBack(partners.get(id) ?? ""),
        })),
      };
    case "search_read":
      return {
        result: [
          { id: 1, key: "holdfast.epoch", value: "2" },
          { id: 2, key: "holdfast.site", value: "dr" },
        ],
      };
    default:
      return {
        error: {
          code: 200,
          message: "Odoo Server Error",
          data: { name: "builtins.AttributeError", message: "no such method" },
        },
      };
  }
}

const never = new AbortController().signal;

describe("the prober's user", () => {
  it("writes, reads back, and says which epoch and site answered", async () => {
    const proof = await createOdooUser(target).transact("127.0.0.1", "probe-1", never);
    expect(proof).toEqual({ recordId: 1, epoch: 2, site: "dr" });
    expect(partners.get(1)).toBe("probe-1");
  });

  it("dials the address, but says the public name in TLS and in the request", async () => {
    await createOdooUser(target).transact("127.0.0.1", "probe-1", never);
    expect(new Set(seen.map(({ host, name }) => `${host} ${name}`))).toEqual(
      new Set(["erp.holdfast.test erp.holdfast.test"]),
    );
  });

  it("does one transaction on one connection, and the next on a new one, still signed in", async () => {
    const user = createOdooUser(target);
    await user.transact("127.0.0.1", "probe-1", never);
    await user.transact("127.0.0.1", "probe-2", never);
    expect(seen.map(({ path }) => path).filter((path) => path.includes("authenticate"))).toHaveLength(1);
    expect(new Set(seen.map(({ socket }) => socket)).size).toBe(2);
  });

  it("signs in again when its session is lost", async () => {
    const user = createOdooUser(target);
    await user.transact("127.0.0.1", "probe-1", never);
    sessions.clear();
    expect(await user.transact("127.0.0.1", "probe-2", never)).toMatchObject({ recordId: 2 });
  });

  it.each([
    ["a wrong password", () => ({ ...target, password: "wrong" }), "was not signed in"],
    ["a certificate of another authority", () => ({ ...target, ca: strangers }), "unable to"],
    ["a certificate for another name", () => ({ ...target, host: "shop.holdfast.test" }), "altnames"],
  ])("fails with %s", async (_, changed, words) => {
    await expect(createOdooUser(changed()).transact("127.0.0.1", "probe", never)).rejects.toThrow(words);
  });

  it("fails when what it reads is not what it wrote", async () => {
    behaviour = { ...behaviour, readBack: () => "somebody else" };
    await expect(createOdooUser(target).transact("127.0.0.1", "probe", never)).rejects.toThrow(
      "read back as somebody else",
    );
  });

  it("fails on a gateway's error page", async () => {
    behaviour = { ...behaviour, status: 502 };
    await expect(createOdooUser(target).transact("127.0.0.1", "probe", never)).rejects.toThrow("HTTP 502");
  });

  it("ends with its time when nothing answers", async () => {
    behaviour = { ...behaviour, hang: true };
    await expect(
      createOdooUser(target).transact("127.0.0.1", "probe", AbortSignal.timeout(200)),
    ).rejects.toThrow();
  });
});

describe("proofOf", () => {
  it("is null for what the database does not say", () => {
    expect(proofOf([])).toEqual({ epoch: null, site: null });
    expect(
      proofOf([
        { key: "holdfast.epoch", value: "two" },
        { key: "holdfast.site", value: false },
      ]),
    ).toEqual({ epoch: null, site: null });
  });
});

describe("OdooPort", () => {
  const resolver = { resolve: async () => ["127.0.0.1"] };

  it("signs in and executes", async () => {
    const session = await createOdooPort(target, resolver).login(never);
    expect(session).toMatchObject({ uid: 2, address: "127.0.0.1" });
    expect(await session.execute("res.partner", "create", [{ name: "x" }], never)).toBe(1);
  });

  it("tells a lost connection from what Odoo said", async () => {
    const session = await createOdooPort(target, resolver).login(never);
    await expect(session.execute("res.partner", "explode", [], never)).rejects.toThrow("no such method");
    server.closeAllConnections();
    const nobody = createOdooPort({ ...target, port: 1 }, resolver);
    await expect(nobody.login(never)).rejects.toBeInstanceOf(PortError);
  });
});
