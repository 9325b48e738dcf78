// Shows: what loadConfig takes, refuses, and says. Does not show that Pulumi hands it the values (tests of index.ts do).
import { describe, expect, it } from "vitest";
import { formatProblem, loadConfig, sectionNames, sectionsFromPulumi } from "../../config/index.ts";
import type { ConfigPorts } from "../../config/secret.ts";
import { UserError } from "../../errors/user-error.ts";
import { load, readStackFile, type StackFile } from "./stack-files.ts";

function refusal(
  stack: StackFile,
  changes: Record<string, unknown>,
  ports: Partial<ConfigPorts> = {},
): UserError {
  try {
    load(stack, changes, ports);
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}

describe("the committed stack files", () => {
  it.each(["offsite", "primary", "dr"] as const)("%s loads without a warning", (stack) => {
    expect(load(stack).warnings.map(formatProblem)).toEqual([]);
  });

  it("have the same services at both sites, and a rehearsal is dr's with a role and a way in of its own", () => {
    const dr = readStackFile("dr");
    expect(readStackFile("primary").services).toEqual(dr.services);
    expect(Object.keys(dr.services ?? {}).sort()).toEqual([
      "gateway",
      "n8n",
      "notifications",
      "odoo",
      "opening-hours",
    ]);
    const { site = {}, traffic = {}, ...rest } = readStackFile("rehearsal");
    const { canary, ...traffics } = traffic;
    expect(canary).toBeDefined();
    expect({ ...rest, site: { ...site, role: "standby" }, traffic: traffics }).toEqual(dr);
  });

  it("gives references for secrets, and their values apart", () => {
    const { config, secrets } = load("dr", { "database.roles.load": "as a Pulumi secret" });
    expect(config).toMatchObject({ database: { roles: { prober: { secret: "database.roles.prober" } } } });
    expect(secrets["database.roles.prober"]).toBe("content of prober-password");
    expect(secrets["database.roles.load"]).toBe("as a Pulumi secret");
    expect(JSON.stringify(config)).not.toMatch(/content of|as a Pulumi secret/);
  });

  it("fills in the defaults that the targets rest on", () => {
    const { config } = load("dr", {
      targets: undefined,
      "database.archiveTimeout": undefined,
      "backup.schedules": undefined,
      "backup.retention": undefined,
      "traffic.ttl": undefined,
      "site.cluster.namespace": undefined,
    });
    expect(config).toMatchObject({
      targets: { rto: 4 * 3600, rpo: 15 * 60 },
      database: { archiveTimeout: 60 },
      backup: { schedules: { full: { text: "15 1 * * *" } }, retention: { full: 14 } },
      traffic: { ttl: 5 },
      site: { cluster: { namespace: "holdfast" } },
    });
  });

  it("protects data unless told not to", () => {
    const { config } = load("dr", { "database.protect": undefined, "store.protect": undefined });
    expect(config).toMatchObject({ database: { protect: true }, store: { protect: true } });
    expect(
      load("offsite", { "offsite.protect": undefined, "offsite.lock.mode": undefined }).config,
    ).toMatchObject({
      offsite: { protect: true, lock: { mode: "COMPLIANCE" } },
    });
  });
});

describe("bad input", () => {
  const cases: readonly [string, StackFile, Record<string, unknown>, readonly (string | RegExp)[]][] = [
    [
      "an unknown section",
      "dr",
      { bakcup: {} },
      ["holdfast:bakcup: is not a known key", "did you mean holdfast:backup?"],
    ],
    [
      "documents that would always be called late",
      "dr",
      { "documents.heartbeat": "20 minutes" },
      [
        "holdfast:documents.heartbeat: documents may be",
        "allowed together less than holdfast:targets.rpo, 15 minutes",
      ],
    ],
    [
      "an unknown key",
      "dr",
      { "backup.stanzza": "x" },
      ["holdfast:backup.stanzza: ", "did you mean holdfast:backup.stanza?"],
    ],
    [
      "an unknown key deep down",
      "dr",
      { "database.resources.limits.memroy": "1Gi" },
      ["did you mean holdfast:database.resources.limits.memory?"],
    ],
    [
      "a key of another kind of stack",
      "offsite",
      { "store.image": "x" },
      ["holdfast:store: is not a known key"],
    ],
    [
      "a key that every object inherits",
      "dr",
      { "backup.constructor": 1 },
      ["holdfast:backup.constructor: is not a known key"],
    ],
    [
      "a retention of 0",
      "dr",
      { "backup.retention.full": 0 },
      ["holdfast:backup.retention.full: is too small; got 0; allowed a whole number from 1"],
    ],
    [
      "a retention that is no number",
      "dr",
      { "backup.retention.full": "14" },
      ['holdfast:backup.retention.full: is not a number; got "14"'],
    ],
    [
      "words for a cron",
      "dr",
      { "backup.schedules.full": "every day" },
      ["holdfast:backup.schedules.full: is not a cron expression", 'got "every day"', '"15 1 * * *"'],
    ],
    [
      "a cron with seconds",
      "dr",
      { "backup.schedules.full": "0 15 1 * * *" },
      ["holdfast:backup.schedules.full: is not a cron expression: 6 fields"],
    ],
    [
      "an hour 24",
      "dr",
      { "backup.schedules.full": "15 24 * * *" },
      ["holdfast:backup.schedules.full: ", "24"],
    ],
    [
      "a cron that Kubernetes refuses",
      "dr",
      { "backup.schedules.full": "15 1 L * *" },
      ["holdfast:backup.schedules.full: is not a cron expression that Kubernetes takes"],
    ],
    [
      "a cron that never runs",
      "dr",
      { "backup.schedules.full": "15 1 31 2 *" },
      ["holdfast:backup.schedules.full: is a cron expression that never runs"],
    ],
    [
      "an RPO below archive_timeout",
      "dr",
      { "targets.rpo": "30 seconds" },
      [
        "holdfast:targets.rpo: a commit may wait 1 minute (database.archiveTimeout)",
        "got 30 seconds; allowed at least 65 seconds",
        "hint: raise holdfast:targets.rpo",
      ],
    ],
    ["an RPO equal to archive_timeout", "dr", { "targets.rpo": "60 seconds" }, ["holdfast:targets.rpo: "]],
    [
      "a secret that is nowhere",
      "dr",
      { "database.roles.prober": undefined },
      [
        "holdfast:database.roles.prober: secret is missing",
        "hint: pulumi config set --secret --path 'holdfast:database.roles.prober'",
      ],
    ],
    [
      "a whole object of secrets missing",
      "dr",
      { "offsite.writer": undefined },
      [
        "holdfast:offsite.writer.accessKey: secret is missing",
        "holdfast:offsite.writer.secretKey: secret is missing",
      ],
    ],
    [
      "a secret file outside",
      "dr",
      { "backup.cipher": { file: "../../etc/shadow" } },
      ["holdfast:backup.cipher: secret's file ../../etc/shadow is not below $HOLDFAST_SECRETS"],
    ],
    [
      "a duration without a unit",
      "dr",
      { "targets.rto": 4 },
      ["holdfast:targets.rto: is not a string; got 4; allowed"],
    ],
    [
      "a duration in other words",
      "dr",
      { "targets.rto": "4h" },
      ["holdfast:targets.rto: is not a duration", '"4 hours"'],
    ],
    [
      "a size in other units",
      "dr",
      { "database.volume": "20GB" },
      ["holdfast:database.volume: is not a size"],
    ],
    [
      "a required value missing",
      "dr",
      { "database.image": undefined },
      ["holdfast:database.image: is missing"],
    ],
    ["a null", "dr", { "database.image": null }, ["holdfast:database.image: is missing"]],
    ["a list for an object", "dr", { database: [] }, ["holdfast:database: is not an object"]],
    [
      "an unknown role",
      "dr",
      { "site.role": "master" },
      ["holdfast:site.role: is not one of the choices", "active, standby, draining, rehearsal"],
    ],
    ["a handover of 0", "dr", { "site.handover": 0 }, ["holdfast:site.handover: is too small; got 0"]],
    ["a handover in words", "dr", { "site.handover": "1" }, ["holdfast:site.handover: is not a number"]],
    [
      "the wrong site for the stack",
      "dr",
      { "site.name": "primary" },
      ["holdfast:site.name: does not fit the stack dr; got primary; allowed dr"],
    ],
    [
      "a rehearsal in dr's own stack",
      "dr",
      { "site.role": "rehearsal" },
      ["holdfast:site.role: the role rehearsal and the stack rehearsal go together"],
    ],
    [
      "a rehearsal at the primary",
      "primary",
      { "site.role": "rehearsal" },
      ["holdfast:site.role: a rehearsal runs at dr"],
    ],
    ["a ramp that falls", "dr", { "traffic.ramp": [50, 10, 100] }, ["holdfast:traffic.ramp: does not rise"]],
    [
      "a ramp that does not arrive",
      "dr",
      { "traffic.ramp": [10, 50] },
      ["holdfast:traffic.ramp: does not end at 100"],
    ],
    ["an empty ramp", "dr", { "traffic.ramp": [] }, ["holdfast:traffic.ramp: is empty"]],
    ["a share over all", "dr", { "traffic.share": 101 }, ["holdfast:traffic.share: is too large"]],
    [
      "a ramp that holds for less than an answer lives",
      "dr",
      { "traffic.ramp": [10, 100], "traffic.rampHold": "8 seconds" },
      ["holdfast:traffic.rampHold: is too short", "at least 10 seconds"],
    ],
    [
      "a rehearsal without a way in",
      "rehearsal",
      { "traffic.canary": undefined },
      ["holdfast:traffic.canary: is missing", "gatewayPort and databasePort"],
    ],
    [
      "a rehearsal by the business's name",
      "rehearsal",
      { "traffic.canary.name": "erp.holdfast.test" },
      ["holdfast:traffic.canary.name: is traffic.publicName"],
    ],
    [
      "a rehearsal by the name of the business's database",
      "rehearsal",
      { "traffic.canary.name": "db.holdfast.test" },
      ["holdfast:traffic.canary.name: is traffic.databaseName"],
    ],
    [
      "a rehearsal by a name of another zone",
      "rehearsal",
      { "traffic.canary.name": "rehearsal.example.com" },
      ["holdfast:traffic.canary.name: does not lie in the zone"],
    ],
    [
      "a rehearsal on dr's own port",
      "rehearsal",
      { "traffic.canary.gatewayPort": 443 },
      ["holdfast:traffic.canary.gatewayPort: is services.gateway.nodePort too"],
    ],
    [
      "a rehearsal with one port for both",
      "rehearsal",
      { "traffic.canary.databasePort": 1443 },
      ["holdfast:traffic.canary.databasePort: is traffic.canary.gatewayPort too"],
    ],
    [
      "another address than DNS gives",
      "dr",
      { "site.address": "198.18.0.13" },
      ["holdfast:site.address: is not the address that traffic.sites.dr"],
    ],
    [
      "no address",
      "dr",
      { "site.address": "198.18.0.300" },
      ["holdfast:site.address: is not an IPv4 address"],
    ],
    [
      "one address for both sites",
      "dr",
      { "traffic.sites.primary": "198.18.0.12" },
      ["holdfast:traffic.sites.dr: both sites have the same address"],
    ],
    [
      "a public name outside the zone",
      "dr",
      { "traffic.publicName": "erp.example.com" },
      ["holdfast:traffic.publicName: does not lie in the zone"],
    ],
    [
      "a name that only ends like the zone",
      "dr",
      { "traffic.publicName": "erp.notholdfast.test" },
      ["holdfast:traffic.publicName: does not lie in the zone"],
    ],
    [
      "one name for people and database",
      "dr",
      { "traffic.databaseName": "erp.holdfast.test" },
      ["holdfast:traffic.databaseName: is the public name"],
    ],
    [
      "a node port twice",
      "dr",
      { "database.nodePort": 443 },
      ["holdfast:services.gateway.nodePort: is the node port of database.nodePort too"],
    ],
    [
      "metrics on the database's node port, at an interval that is no rest",
      "dr",
      { "monitoring.postgres.nodePort": 5432, "monitoring.interval": "1 second" },
      [
        "holdfast:monitoring.postgres.nodePort: is the node port of database.nodePort too",
        "holdfast:monitoring.interval: is not a duration that can be used here",
      ],
    ],
    [
      "lease and repository in one bucket",
      "dr",
      { "offsite.controlBucket": "holdfast-offsite" },
      ["holdfast:offsite.controlBucket: is the repository's bucket"],
    ],
    [
      "a TTL as long as the RTO",
      "dr",
      { "traffic.ttl": "4 hours" },
      ["holdfast:traffic.ttl: resolvers may keep"],
    ],
    [
      "archiving by a user's setting",
      "dr",
      { "database.parameters.archive_command": "true" },
      ["holdfast:database.parameters.archive_command: is set by holdfast"],
    ],
    [
      "fsync off",
      "dr",
      { "database.parameters.fsync": false },
      ["holdfast:database.parameters.fsync: is set by holdfast"],
    ],
    [
      "a cache larger than the container",
      "dr",
      { "database.parameters.shared_buffers": "2GB" },
      ["holdfast:database.parameters.shared_buffers: does not fit the container"],
    ],
    [
      "backups at the same minute",
      "dr",
      { "backup.schedules.incremental": "15 * * * *" },
      ["holdfast:backup.schedules.full: another backup or job starts 0 minutes later"],
    ],
    [
      "backups ten minutes apart",
      "dr",
      { "backup.schedules.differential": "25 1 * * *" },
      ["holdfast:backup.schedules.full: another backup or job starts 10 minutes later", "allowed 20 minutes"],
    ],
    [
      "too few fulls to notice an attack",
      "dr",
      { "backup.retention.full": 5 },
      ["holdfast:backup.retention.full: a restore reaches back 3 days", "allowed at least 7"],
    ],
    [
      "a lock of one day",
      "offsite",
      { "offsite.lock.days": 1 },
      ["holdfast:offsite.lock.days: ", "got 1; allowed at least 7"],
    ],
    [
      "a lock as long as retention",
      "offsite",
      { "offsite.lock.days": 14 },
      ["holdfast:backup.retention.full: a full backup expires after 13 days", "allowed at least 15"],
    ],
    [
      "versions kept for less than the lock",
      "offsite",
      { "offsite.noncurrentDays": 6 },
      [
        "holdfast:offsite.noncurrentDays: the lifecycle would take versions that are locked",
        "allowed at least 7",
      ],
    ],
    [
      "versions gone within the detection window",
      "offsite",
      { "offsite.noncurrentDays": 5 },
      ["holdfast:offsite.noncurrentDays: what an attacker deletes is gone before"],
    ],
    [
      "a weekly full with a lock for daily ones",
      "offsite",
      { "backup.schedules.full": "15 1 * * 0" },
      ["holdfast:offsite.lock.days: ", "allowed at least 13"],
    ],
    [
      "a production site with lab habits",
      "dr",
      { "site.lab": false },
      ["holdfast:traffic.api: plain HTTP", "holdfast:traffic.zone: names under .test"],
    ],
  ];

  it.each(cases)("%s", (_title, stack, changes, expected) => {
    const error = refusal(stack, changes);
    expect(error.code).toBe("CONFIG_INVALID");
    expect(error.exitStatus).toBe(2);
    for (const part of expected)
      expect(error.message).toMatch(typeof part === "string" ? literally(part) : part);
    expect(error.message).toContain(`Pulumi.${stack}.yaml`);
  });

  it("names the file of a secret that is not in place", () => {
    const error = refusal(
      "dr",
      {},
      { readSecretFile: (path) => (path === "repository-cipher" ? undefined : "x") },
    );
    expect(error.message).toContain("1 problem\n");
    expect(error.message).toContain(
      "holdfast:backup.cipher: secret is missing: no file $HOLDFAST_SECRETS/repository-cipher",
    );
    expect(error.message).toContain("hint: pulumi config set --secret --path 'holdfast:backup.cipher'");
  });

  it("refuses the lab's public passphrase outside the lab, and only there", () => {
    const error = refusal("dr", { "site.lab": false }, { usesLabPassphrase: true });
    expect(error.message).toContain(
      "holdfast:site.lab: the stack's secrets are encrypted with the lab's public passphrase",
    );
    expect(() => load("dr", {}, { usesLabPassphrase: true })).not.toThrow();
  });

  it("reports everything at once, checks between values too", () => {
    const error = refusal("dr", {
      bakcup: {},
      "backup.retention.full": 0,
      "backup.schedules.full": "daily",
      "targets.rpo": "30 seconds",
      "database.roles.prober": undefined,
      "site.address": "198.18.0.13",
      "database.colour": "blue",
    });
    const paths = [...error.message.matchAll(/^ {2}holdfast:([\w.]+):/gm)].map((match) => match[1]);
    expect(paths.sort()).toEqual([
      "backup.retention.full",
      "backup.schedules.full",
      "bakcup",
      "database.colour",
      "database.roles.prober",
      "documents.heartbeat",
      "site.address",
      "targets.rpo",
    ]);
    expect(error.message).toContain("8 problems");
  });

  it("never shows a secret", () => {
    const error = refusal("dr", {
      "database.roles.prober": { file: "prober-password", value: "hunter2" },
      "site.name": 1,
    });
    expect(error.message).toContain("holdfast:database.roles.prober: is not a secret");
    expect(error.message).not.toContain("hunter2");
  });
});

describe("doubtful input is warned of", () => {
  it.each([
    [
      "one name server",
      "dr",
      { "traffic.nameservers": [{ name: "ns1.holdfast.test", address: "198.18.0.53" }] },
      "traffic.nameservers",
    ],
    ["a clock that changes", "dr", { "backup.timeZone": "Europe/Berlin" }, "backup.timeZone"],
    ["a volume that cannot be restored in time", "dr", { "database.volume": "2Ti" }, "targets.rto"],
    [
      "a restore test that is ended before it can end",
      "dr",
      { "database.volume": "500Gi" },
      "backup.schedules.restoreTest",
    ],
    ["GOVERNANCE outside the lab", "offsite", production({}), "offsite.lock.mode"],
    ["unprotected data outside the lab", "offsite", production({}), "offsite.protect"],
  ] as const)("%s", (_title, stack, changes, path) => {
    expect(load(stack, changes).warnings.map((warning) => warning.path)).toContain(path);
  });

  it("is refused where the stack file says that a target out of reach is an error", () => {
    const changes = { "database.volume": "2Ti", "targets.outOfReach": "error" };
    expect(() => load("dr", changes)).toThrow(/targets\.rto: a full volume is forecast to need \d+ minutes/);
    expect(() => load("dr", { ...changes, "targets.outOfReach": "shout" })).toThrow(/targets\.outOfReach/);
  });

  it("a full backup that cannot end within its window", () => {
    const { warnings } = load("dr", { "database.volume": "2Ti", "backup.schedules.full": "15 1 * * *" });
    expect(warnings.map((warning) => warning.path)).toContain("backup.schedules.full");
  });
});

describe("sections from Pulumi", () => {
  it("leaves other namespaces out and reads text as JSON", () => {
    const sections = sectionsFromPulumi({
      "holdfast:site": '{"name":"dr"}',
      "holdfast:targets": { rto: "4 hours" },
      "pulumi:disable-default-providers": '["*"]',
    });
    expect(sections).toEqual({ site: { name: "dr" }, targets: { rto: "4 hours" } });
  });

  it("a section that is text is refused at its path", () => {
    const sections = { ...readStackFile("dr"), ...sectionsFromPulumi({ "holdfast:backup": "daily" }) };
    expect(() => loadConfig(sections, { stack: "dr", readSecretFile: () => "x" })).toThrow(
      /holdfast:backup: is not an object; got "daily"/,
    );
  });

  it("names every section", () => {
    expect(sectionNames).toEqual([
      "site",
      "targets",
      "offsite",
      "store",
      "database",
      "backup",
      "documents",
      "services",
      "monitoring",
      "traffic",
      "recovery",
    ]);
  });
});

function production(changes: Record<string, unknown>): Record<string, unknown> {
  return {
    "site.lab": false,
    "traffic.zone": "example.com",
    "traffic.api": "https://198.18.0.53:8081",
    ...changes,
  };
}

function literally(text: string): RegExp {
  return new RegExp(text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
}
