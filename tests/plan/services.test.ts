// Shows: in which order services start, which names the gateway serves, and what of a service is the site's to
// say. Does not show that pods wait; tests/components/services.test.ts has their containers, a drill their starts.
import { describe, expect, it } from "vitest";
import { planSite, planSiteContract, type SitePlan } from "../../plan/index.ts";
import { waitsOf } from "../../plan/services/groups.ts";
import { load } from "../config/stack-files.ts";

function planOf(changes: Readonly<Record<string, unknown>> = {}, role = "active"): SitePlan {
  const name = role === "rehearsal" ? "rehearsal" : "dr";
  const { config } = load("dr", { "site.role": role, ...changes }, { stack: name });
  if (config.kind !== "site") throw new Error("not a site");
  return planSite(config);
}

describe("groups", () => {
  const service = (name: string, group: number, critical: boolean, port: number | null = 80) => ({
    name,
    group,
    critical,
    port: port === null ? null : { name: "http" as const, container: 8080, service: port, nodePort: null },
  });
  const all = [
    service("odoo", 1, true, 8069),
    service("clock", 1, false),
    service("worker", 1, false, null),
    service("middle", 2, false),
    service("last", 4, false),
    service("needed", 4, true),
  ];
  const waited = (name: string): readonly string[] => {
    const one = all.find((each) => each.name === name);
    if (one === undefined) throw new Error(`no ${name}`);
    return waitsOf(one, all, "image")?.services.map((each) => `${each.name}/${each.port}`) ?? [];
  };

  it("wait for the whole group before, where it can be asked", () => {
    expect(waited("odoo")).toEqual([]);
    expect(waited("middle")).toEqual(["odoo/8069", "clock/80"]);
    expect(waited("last")).toEqual(["middle/80"]);
  });

  it("do not let what may be missing keep away what may not", () => {
    expect(waited("needed")).toEqual(["odoo/8069"]);
  });
});

describe("a service of the user's own", () => {
  it("runs where the site serves, as often as it says, and nowhere else", () => {
    const replicas = (role: string): number | undefined =>
      planOf({ "services.opening-hours.replicas": 3 }, role).services.own[0]?.replicas;
    expect([replicas("active"), replicas("standby"), replicas("draining")]).toEqual([3, 0, 0]);
  });

  it("is not waited for by an up unless it is critical", () => {
    const awaited = (critical: boolean) =>
      planOf({ "services.opening-hours.critical": critical }).services.own[0]?.awaited;
    expect([awaited(false), awaited(true)]).toEqual([false, true]);
  });

  it("with a database has a role that owns it, with the stack file's password", () => {
    const { database } = planOf({ "services.opening-hours.database": { password: { file: "hours" } } });
    expect(database.databases).toContainEqual({ name: "opening_hours", owner: "opening_hours" });
    expect(database.roles).toContainEqual({
      name: "opening_hours",
      password: { secret: "services.opening-hours.database.password" },
      attributes: ["LOGIN"],
    });
  });
});

describe("names", () => {
  it("are the gateway's to serve, by path below the public one", () => {
    const { gateway } = planOf().services;
    expect(gateway.hosts).toEqual([
      {
        host: "erp.holdfast.test",
        locations: [
          { path: "/", service: "odoo", port: 8069, streams: false },
          { path: "/opening-hours/", service: "opening-hours", port: 8080, streams: false },
        ],
      },
      {
        host: "flows.holdfast.test",
        locations: [{ path: "/", service: "n8n", port: 5678, streams: true }],
      },
      {
        host: "notify.holdfast.test",
        locations: [{ path: "/", service: "notifications", port: 80, streams: true }],
      },
    ]);
  });

  it("of their own move with the public one", () => {
    const plan = planOf();
    const records = plan.traffic?.records ?? [];
    expect(records.map(({ name }) => name)).toEqual([
      "erp.holdfast.test",
      "db.holdfast.test",
      "flows.holdfast.test",
      "notify.holdfast.test",
    ]);
    for (const { targets } of records.slice(2)) expect(targets).toEqual(records[0]?.targets);
    expect(planSiteContract(plan).hostNames).toEqual(["flows.holdfast.test", "notify.holdfast.test"]);
  });
});

describe("key functions in the contract", () => {
  it("are those of every service", () => {
    const contract = planSiteContract(planOf());
    const ids = contract.services.flatMap(({ keyFunctions }) => keyFunctions?.map(({ id }) => id) ?? []);
    expect(ids).toEqual([
      "login",
      "read",
      "write",
      "document",
      "notifications.publish-subscribe",
      "gateway.tls",
      "gateway.unknown-host",
      "n8n.workflow",
      "opening-hours.today",
    ]);
    expect(JSON.stringify(contract)).not.toMatch(/content of|-password/);
  });

  it("of a rehearsal are asked through its own name: production answers at the others", () => {
    const contract = planSiteContract(
      planOf(
        {
          "traffic.canary": {
            name: "rehearsal.holdfast.test",
            gatewayPort: 1443,
            databasePort: 15_432,
          },
        },
        "rehearsal",
      ),
    );
    const asked = contract.services.flatMap(({ keyFunctions = [] }) =>
      keyFunctions.flatMap((each) => (each.kind === "odoo" ? [] : [[each.host, each.through]])),
    );
    expect(asked.map(([, through]) => through)).toEqual(
      Array.from({ length: 5 }, () => "rehearsal.holdfast.test"),
    );
    expect(asked.map(([host]) => host)).toEqual([
      "notify.holdfast.test",
      "rehearsal.holdfast.test",
      "rehearsal.holdfast.test",
      "flows.holdfast.test",
      "rehearsal.holdfast.test",
    ]);
    expect(contract.hostNames).toEqual([]);
  });
});
