// Shows: what each stack and role plans. Does not show that components follow the plan; their own tests do.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { SiteConfig } from "../../config/index.ts";
import { type Role, roles, stackContractSchema } from "../../contract/stack.ts";
import { monitoredPorts } from "../../lab/net/rules.ts";
import { planOffsite, planOffsiteContract, planSite, planSiteContract } from "../../plan/index.ts";
import { type NameKind, nameLimits, nameOf } from "../../plan/names.ts";
import { planRecoveryBudget } from "../../plan/recovery-budget.ts";
import { load } from "../config/stack-files.ts";

function siteConfig(stack: "primary" | "dr", role: Role, changes: Record<string, unknown> = {}): SiteConfig {
  const { config } = load(role === "rehearsal" ? "rehearsal" : stack, { "site.role": role, ...changes });
  if (config.kind !== "site") throw new Error("not a site's config");
  return config;
}

const planOf = (stack: "primary" | "dr", role: Role, changes: Record<string, unknown> = {}) =>
  planSite(siteConfig(stack, role, changes));

describe("a role", () => {
  it.each([
    ["standby", { database: 0, odoo: 0, gateway: 0, store: 1 }],
    ["active", { database: 1, odoo: 1, gateway: 1, store: 1 }],
    ["draining", { database: 1, odoo: 0, gateway: 0, store: 1 }],
    ["rehearsal", { database: 1, odoo: 1, gateway: 1, store: 1 }],
  ] as const)("%s runs %j", (role, expected) => {
    const { database, services, store } = planOf("dr", role);
    expect({
      database: database.replicas,
      odoo: services.odoo.replicas,
      gateway: services.gateway.replicas,
      store: store.replicas,
    }).toEqual(expected);
  });

  it.each([
    ["standby", [100, 0]],
    ["active", [0, 100]],
    ["draining", [100, 0]],
  ] as const)("%s of dr weighs primary and dr as %j, for every name", (role, weights) => {
    const traffic = planOf("dr", role).traffic;
    expect(traffic?.records.map((record) => record.name)).toEqual([
      "erp.holdfast.test",
      "db.holdfast.test",
      "flows.holdfast.test",
      "notify.holdfast.test",
    ]);
    for (const { targets } of traffic?.records ?? [])
      expect(targets.map((target) => target.weight)).toEqual(weights);
    expect(traffic?.targets.map((target) => target.address)).toEqual(["198.18.0.11", "198.18.0.12"]);
    expect(traffic?.targets.map((target) => target.weight)).toEqual(weights);
  });

  it.each([
    ["active", 10, [90, 10]],
    ["active", 0, [100, 0]],
    ["standby", 50, [100, 0]],
  ] as const)(
    "%s of dr with a share of %d weighs the public name as %j, and the database's never by share",
    (role, share, weights) => {
      const records = planOf("dr", role, { "traffic.share": share }).traffic?.records ?? [];
      expect(records[0]?.targets.map(({ weight }) => weight)).toEqual(weights);
      expect(records[1]?.targets.map(({ weight }) => weight)).toEqual(
        role === "active" ? [0, 100] : [100, 0],
      );
    },
  );

  it.each(["active", "standby", "draining"] as const)("%s of primary writes no weights", (role) => {
    const plan = planOf("primary", role);
    expect(plan.traffic).toBeNull();
    expect(plan.providers.dns).toBeNull();
  });

  it("rehearsal touches nothing that the business uses", () => {
    const plan = planOf("dr", "rehearsal", {
      "database.protect": true,
      "store.protect": true,
      "recovery.neutralise": [],
    });
    expect(plan.traffic).toBeNull();
    expect(plan.namespace).toBe("holdfast-rehearsal");
    const dr = planOf("dr", "standby");
    const ports = (of: typeof plan): readonly (number | null)[] =>
      [
        of.database,
        of.store,
        of.services.gateway.port,
        of.documents.exporter,
        ...of.monitoring.exporters,
      ].map(({ nodePort }) => nodePort);
    expect(ports(plan)).toEqual([15_432, null, 1443, null, null, null]);
    expect(ports(dr).filter((port) => port !== null && ports(plan).includes(port))).toEqual([]);
    expect(plan.canary).toMatchObject({
      record: { name: "rehearsal.holdfast.test", values: ["198.18.0.12"] },
    });
    expect([plan.publicName, plan.databaseName]).toEqual(["rehearsal.holdfast.test", null]);
    // Those of services are served to who comes by the canary's address alone: no record of theirs leads here.
    expect(plan.services.gateway.hosts.map(({ host }) => host)).toEqual([
      "rehearsal.holdfast.test",
      "flows.holdfast.test",
      "notify.holdfast.test",
    ]);
    expect(planSiteContract(plan).hostNames).toEqual([]);
    expect(dr.canary).toBeNull();
    expect(plan.database.neutralise.map(({ name }) => name)).toEqual(["odoo", "n8n"]);
    expect(plan.database.volume).toMatchObject({ protect: false, retainOnDelete: false });
    expect(plan.providers.store).toMatchObject({ accessKey: { secret: "offsite.reader.accessKey" } });
    const offsite = plan.repositories.find(({ kind }) => kind === "offsite");
    expect(offsite?.writer).toMatchObject({ accessKey: { secret: "offsite.reader.accessKey" } });
    expect(plan.schedules).toEqual([]);
    expect(JSON.stringify({ ...plan, jobs: null })).not.toMatch(/offsite\.(writer|recorder|documents)/);
  });

  it("changes no name of what holds data", () => {
    const names = roles
      .filter((role) => role !== "rehearsal")
      .map((role) => {
        const { database, namespace, store } = planOf("dr", role);
        return [namespace, database.name, database.volume.claimName, store.name, store.volume.claimName];
      });
    expect(new Set(names.map((list) => list.join()))).toEqual(
      new Set(["holdfast,database,database-data,objects,objects-data"]),
    );
  });
});

describe("neutralising", () => {
  it.each([
    ["the lab's dr", "dr", {}, ["odoo", "n8n"]],
    ["the lab's primary", "primary", {}, []],
    ["a production dr", "dr", production, []],
    ["a production dr that is told to", "dr", { ...production, "recovery.neutralise": ["odoo"] }, ["odoo"]],
    ["the lab's dr that is told not to", "dr", { "recovery.neutralise": [] }, []],
  ] as const)("%s", (_title, stack, changes, expected) => {
    expect(planOf(stack, "active", changes).database.neutralise.map(({ name }) => name)).toEqual(expected);
  });
});

describe("the database", () => {
  it("archives, with the user's other settings kept", () => {
    const { database, worstCaseRpoSeconds } = planOf("dr", "active", {
      "database.parameters": { work_mem: "8MB", jit: false, max_connections: 200 },
    });
    expect(database.parameters).toMatchObject({
      archive_mode: "on",
      archive_command: "/holdfast/bin/archive-push %p # pgbackrest",
      archive_timeout: "60s",
      wal_level: "replica",
      ssl: "on",
      password_encryption: "scram-sha-256",
      shared_buffers: "512MB",
      work_mem: "8MB",
      jit: "off",
      max_connections: "200",
    });
    expect(worstCaseRpoSeconds).toBe(65);
  });

  it("never lets a user's setting win over archiving, even past loadConfig", () => {
    const config = siteConfig("dr", "active");
    const forged = {
      ...config,
      database: { ...config.database, parameters: { archive_command: "true", ssl: "off" } },
    };
    expect(planSite(forged).database.parameters).toMatchObject({
      archive_command: "/holdfast/bin/archive-push %p # pgbackrest",
      ssl: "on",
    });
  });

  it("has roles without the load's where there is none", () => {
    const names = (changes: Record<string, unknown>) =>
      planOf("dr", "active", changes).database.roles.map((role) => role.name);
    expect(names({})).toEqual(["postgres", "odoo", "prober", "holdfast_dump", "load", "n8n"]);
    expect(names({ "database.roles.load": undefined })).toEqual([
      "postgres",
      "odoo",
      "prober",
      "holdfast_dump",
      "n8n",
    ]);
  });

  it("has time-outs of at least twice what the budget's own model forecasts, for any size and rate", () => {
    fc.assert(
      fc.property(fc.integer({ min: 8, max: 4000 }), fc.integer({ min: 1, max: 1000 }), (gigabytes, rate) => {
        const changes = { "database.volume": `${gigabytes}Gi`, "recovery.restoreRate": `${rate}Mi` };
        const { config } = load("dr", changes);
        if (config.kind !== "site") throw new Error("dr is a site");
        const phases = planRecoveryBudget(config, []).forecast.sizes[0]?.phases ?? {};
        const seconds = (...names: readonly string[]): number =>
          names.reduce((sum, name) => sum + (phases[name] ?? Number.NaN), 0);
        const { startupSeconds, updateTimeoutSeconds } = planSite(config).database.budgets;
        // Tenths in the budget, whole seconds in the plan.
        const database = 2 * (seconds("provision", "restore", "replay", "promote") - 1);
        expect(startupSeconds).toBeGreaterThanOrEqual(database);
        expect(updateTimeoutSeconds).toBeGreaterThanOrEqual(database + 2 * seconds("services", "traffic"));
      }),
      { numRuns: 40 },
    );
  });

  it("gets twice the forecast to start, and never less than half an hour", () => {
    expect(planOf("dr", "active").database.budgets.startupSeconds).toBe(1800);
    const large = planOf("dr", "active", { "database.volume": "500Gi" }).database.budgets;
    // 500 GiB at 50 MiB/s: 10240 s of copying alone.
    expect(large.startupSeconds).toBeGreaterThan(2 * 10_240);
    expect(large.updateTimeoutSeconds).toBeGreaterThan(large.startupSeconds);
    const fast = { "database.volume": "500Gi", "recovery.restoreRate": "500Mi" };
    expect(planOf("dr", "active", fast).database.budgets.startupSeconds).toBeLessThan(
      large.startupSeconds / 5,
    );
  });
});

describe("monitoring", () => {
  it("is told by the contract where it can be read: the node's port, or the service's", () => {
    expect(planSiteContract(planOf("dr", "active")).monitoring).toEqual({
      address: "198.18.0.12",
      scheme: "https",
      path: "/metrics",
      exporters: [
        { name: "holdfast", port: 9100 },
        { name: "postgres", port: 9187 },
        { name: "documents", port: 9101 },
      ],
    });
    const moved = planOf("dr", "active", {
      monitoring: { metrics: { nodePort: 30100 }, interval: "1 minute" },
    });
    expect(planSiteContract(moved).monitoring?.exporters).toEqual([
      { name: "holdfast", port: 30100 },
      { name: "postgres", port: 9187 },
      { name: "documents", port: 9101 },
    ]);
    expect(moved.monitoring.intervalSeconds).toBe(60);
  });

  it("has the lab's ports filtered as the lab's stack files name them", () => {
    for (const stack of ["primary", "dr"] as const) {
      const { monitoring, documents } = planOf(stack, "active");
      const exporters = [...monitoring.exporters, documents.exporter];
      expect(exporters.map(({ nodePort }) => nodePort)).toEqual(monitoredPorts);
    }
  });

  it("of a rehearsal takes no port of the node", () => {
    const { exporters } = planOf("dr", "rehearsal").monitoring;
    expect(exporters.map(({ nodePort }) => nodePort)).toEqual([null, null]);
  });
});

describe("what a run passes on", () => {
  it("reaches the term", () => {
    const plan = planOf("dr", "active", {
      "recovery.run": "2026-11-25T01-00-00Z",
      "recovery.timeline": 3,
      "site.handover": 2,
    });
    expect(plan.term).toEqual({
      bucket: "holdfast-control",
      key: "epoch.json",
      handover: 2,
      run: "2026-11-25T01-00-00Z",
      recoveryTimeline: 3,
      recovery: null,
    });
  });
});

describe("the third place", () => {
  const { config } = load("offsite");
  if (config.kind !== "offsite") throw new Error("not the third place's config");
  const plan = planOffsite(config);

  it("locks the repository and not the leases", () => {
    expect(plan.bucket).toMatchObject({
      bucketName: "holdfast-offsite",
      versioning: true,
      objectLock: { mode: "GOVERNANCE", days: 7 },
      defaultEncryption: "AES256",
      lifecycle: { noncurrentDays: 14, abortIncompleteUploadDays: 2 },
      forceDestroy: false,
    });
    expect(plan.controlBucket).toMatchObject({
      bucketName: "holdfast-control",
      objectLock: null,
      lifecycle: null,
    });
  });

  it("gives addresses to the names of the zone, its name servers among them", () => {
    expect(plan.zone.records.map((record) => [record.name, record.values])).toEqual([
      ["ns1.holdfast.test", ["198.18.0.53"]],
      ["ns2.holdfast.test", ["198.18.0.54"]],
      ["offsite.holdfast.test", ["198.18.0.20"]],
      ["sink.holdfast.test", ["198.18.0.23"]],
    ]);
  });

  it("has a contract that parses", () => {
    expect(stackContractSchema.parse(planOffsiteContract(plan))).toMatchObject({
      site: "offsite",
      role: null,
    });
  });
});

describe("every plan", () => {
  it.each(roles)("of dr as %s has a contract that parses and names the plan's own objects", (role) => {
    const plan = planOf("dr", role);
    const contract = stackContractSchema.parse(planSiteContract(plan));
    expect(contract.role).toBe(role);
    expect(contract.backup?.cronJobs).toHaveLength(plan.schedules.length);
    expect(contract.database?.pod).toBe("database-0");
    expect(contract.publicUrl).toBe(
      role === "rehearsal" ? "https://rehearsal.holdfast.test" : "https://erp.holdfast.test",
    );
  });

  it("is the same each time, and plain data", () => {
    for (const role of roles) {
      const plan = planOf("dr", role);
      expect(planOf("dr", role)).toEqual(plan);
      expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
    }
  });

  it("holds no secret's value", () => {
    for (const role of roles) expect(JSON.stringify(planOf("dr", role))).not.toContain("content of");
  });

  it("names CronJobs within Kubernetes' limit", () => {
    for (const { name } of planOf("dr", "active").schedules) expect(name.length).toBeLessThanOrEqual(52);
  });
});

describe("nameOf", () => {
  const kinds = Object.keys(nameLimits) as NameKind[];
  // Mostly letters and hyphens, so that names get long and end anywhere; some of anything.
  const part = fc.oneof(
    fc.string({ unit: fc.constantFrom(..."abcxyz019-"), minLength: 1, maxLength: 60, size: "max" }),
    fc.string({ maxLength: 20 }),
  );
  const parts = fc.array(part, { minLength: 1, maxLength: 4 });

  it("fits the limit and Kubernetes' letters, whatever the parts", () => {
    fc.assert(
      fc.property(fc.constantFrom(...kinds), parts, (kind, given) => {
        const name = nameOf(kind, "holdfast", ...given);
        expect(name.length).toBeLessThanOrEqual(nameLimits[kind]);
        expect(name).toMatch(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/);
        expect(nameOf(kind, "holdfast", ...given)).toBe(name);
      }),
    );
  });

  it("keeps long names apart", () => {
    const long = "x".repeat(80);
    expect(nameOf("cronJob", long, "a")).not.toBe(nameOf("cronJob", long, "b"));
  });

  it("leaves short names as they are", () => {
    expect(nameOf("cronJob", "backup", "offsite", "full")).toBe("backup-offsite-full");
  });
});

const production = {
  "site.lab": false,
  "traffic.zone": "example.com",
  "traffic.publicName": "erp.example.com",
  "traffic.databaseName": "db.example.com",
  "traffic.api": "https://198.18.0.53:8081",
  "services.n8n.host": "flows.example.com",
  "services.notifications.host": "notify.example.com",
};
