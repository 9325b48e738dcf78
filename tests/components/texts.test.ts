// Shows: texts that components generate for other programs. Does not show that those accept them; tests/lab does.
import { createHash, createHmac, pbkdf2Sync } from "node:crypto";
import { describe, expect, it } from "vitest";
import { renderRolesSql } from "../../components/database/roles-sql.ts";
import { scramVerifier } from "../../components/database/scram.ts";
import { digestOf } from "../../components/digest.ts";
import { formatQuantity } from "../../components/quantity.ts";
import { renderNginxConf } from "../../components/services/nginx-conf.ts";
import { renderOdooConf } from "../../components/services/odoo-conf.ts";
import type { GatewayPlan, OdooPlan } from "../../plan/types.ts";

describe("scramVerifier", () => {
  const verifier = scramVerifier("pa'ss wörd", "dr odoo");

  it("is what a client with the password can prove itself against", () => {
    const [, iterations, salt, stored, server] =
      /^SCRAM-SHA-256\$(\d+):([^$]+)\$([^:]+):(.+)$/.exec(verifier) ?? [];
    const salted = pbkdf2Sync(
      "pa'ss wörd",
      Buffer.from(salt ?? "", "base64"),
      Number(iterations),
      32,
      "sha256",
    );
    const clientKey = createHmac("sha256", salted).update("Client Key").digest();
    expect(stored).toBe(createHash("sha256").update(clientKey).digest("base64"));
    expect(server).toBe(createHmac("sha256", salted).update("Server Key").digest("base64"));
    expect(Buffer.from(salt ?? "", "base64")).toHaveLength(16);
    expect(iterations).toBe("4096");
  });

  it("is the same on every up, and another for another role, site or password", () => {
    expect(scramVerifier("pa'ss wörd", "dr odoo")).toBe(verifier);
    const salts = ["dr odoo", "dr load", "primary odoo"].map(
      (label) => scramVerifier("x", label).split("$")[1],
    );
    expect(new Set(salts).size).toBe(3);
    expect(scramVerifier("other", "dr odoo")).not.toBe(verifier);
  });

  it("takes composed and decomposed letters as one password", () => {
    expect(scramVerifier("w\u00f6rd", "x")).toBe(scramVerifier("wo\u0308rd", "x"));
  });
});

describe("renderRolesSql", () => {
  const plan = {
    roles: [{ name: "odoo", password: "generated", attributes: ["LOGIN"] }],
    databases: [{ name: "odoo", owner: "odoo" }],
  } as const;

  it("takes away what the plan does not give", () => {
    const sql = renderRolesSql(plan, { odoo: "SCRAM-SHA-256$4096:a$b:c" });
    expect(sql).toContain(
      `alter role "odoo" with LOGIN NOCREATEDB NOSUPERUSER NOREPLICATION NOBYPASSRLS password 'SCRAM-SHA-256$4096:a$b:c';`,
    );
    expect(sql).toContain(`alter database "odoo" owner to "odoo";`);
  });

  it("quotes, and refuses a name that would need more than quotes", () => {
    expect(renderRolesSql(plan, { odoo: "it's" })).toContain("password 'it''s'");
    for (const name of ['o"x', "o doo", "Odoo", ""]) {
      expect(() =>
        renderRolesSql(
          { roles: [{ name, password: "generated", attributes: [] }], databases: [] },
          { [name]: "v" },
        ),
      ).toThrow(/plain SQL name/);
    }
    expect(() => renderRolesSql(plan, {})).toThrow(/no verifier for role odoo/);
  });
});

describe("renderNginxConf", () => {
  const plan = {
    port: { container: 8443 },
    healthPage: "/healthz",
    requestLog: true,
    hosts: [
      {
        host: "erp.example.test",
        locations: [
          { path: "/", service: "odoo", port: 8069, streams: false },
          { path: "/hello", service: "hello", port: 8080, streams: false },
        ],
      },
      {
        host: "notify.example.test",
        locations: [{ path: "/topics", service: "notifications", port: 80, streams: true }],
      },
    ],
  } as unknown as GatewayPlan;
  const conf = renderNginxConf(plan, { site: "dr", epoch: 3, namespace: "holdfast" });
  const servers = conf.split(/^server \{$/m).slice(1);

  it("routes the declared host and refuses every other", () => {
    expect(servers).toHaveLength(3);
    expect(servers[0]).toContain("default_server");
    expect(servers[0]).toContain("return 421;");
    expect(servers[0]).not.toContain("proxy_pass");
    expect(servers[1]).toContain("server_name erp.example.test;");
    expect(servers[1]).toContain("proxy_pass http://odoo.holdfast.svc.cluster.local:8069;");
  });

  it("routes by path too, and answers 404 below a host whose root is nobody's", () => {
    expect(servers[1]).toMatch(
      /location \/hello \{\s+proxy_pass http:\/\/hello\.holdfast\.svc\.cluster\.local:8080;/,
    );
    expect(servers[1]).not.toContain("404");
    expect(servers[2]).toMatch(/location \/ \{\s+return 404;/);
  });

  it("passes on each piece of a stream, and holds back the others for slow clients", () => {
    expect(servers[1]).not.toContain("proxy_buffering");
    expect(servers[2]).toContain("proxy_buffering off;");
  });

  it("logs requests without query and headers, where it is to", () => {
    // Beside the image's "off" it would do nothing.
    for (const server of servers) expect(server).toContain("access_log /dev/stdout holdfast;");
    expect(conf.split("server {")[0]).not.toContain("access_log");
    const format = conf.slice(conf.indexOf("log_format"), conf.indexOf("map "));
    expect(format).toContain("$uri");
    expect(format).not.toMatch(/\$(args|request_uri|request|http_\w+)\b(?!_)/);
    const quiet = renderNginxConf(
      { ...plan, requestLog: false },
      { site: "dr", epoch: 3, namespace: "holdfast" },
    );
    expect(quiet).not.toContain("access_log /dev/stdout");
  });

  it("says in every answer which site and epoch gave it", () => {
    for (const server of servers) {
      expect(server).toContain('add_header X-Holdfast-Site "dr" always;');
      expect(server).toContain('add_header X-Holdfast-Epoch "3" always;');
      expect(server).toContain('{"site":"dr","epoch":3}');
    }
  });
});

it("odoo.conf lets nobody list databases, and demands TLS of the database", () => {
  const plan = {
    database: { name: "odoo", role: "odoo" },
    port: { container: 8069 },
    workers: 2,
  } as unknown as OdooPlan;
  const conf = renderOdooConf(plan, { host: "database", port: 5432 }, "s3cret");
  expect(conf.split("\n")).toEqual(
    expect.arrayContaining([
      "[options]",
      "list_db = False",
      "db_sslmode = require",
      "dbfilter = ^odoo$",
      "proxy_mode = True",
      "workers = 2",
      "db_password = s3cret",
    ]),
  );
});

it.each([
  [20 * 2 ** 30, "20Gi"],
  [1536 * 2 ** 20, "1536Mi"],
  [2 ** 40, "1Ti"],
  [1000, "1000"],
  [1025 * 1024, "1025Ki"],
])("formatQuantity(%d) is %s", (bytes, text) => {
  expect(formatQuantity(bytes)).toBe(text);
});

it("digestOf sees a changed text, a renamed file and a moved border, and not the order", () => {
  const base = digestOf({ a: "1", b: "2" });
  expect(digestOf({ b: "2", a: "1" })).toBe(base);
  for (const other of [
    { a: "1", b: "3" },
    { a: "1", c: "2" },
    { a: "12", b: "" },
  ])
    expect(digestOf(other)).not.toBe(base);
});
