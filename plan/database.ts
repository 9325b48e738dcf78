import { createHash } from "node:crypto";
import type { SiteConfig } from "../config/index.ts";
import { parseSize } from "../config/size.ts";
import { planBudget } from "./budget.ts";
import { planCanary } from "./canary.ts";
import { dumpRole } from "./jobs.ts";
import { nameOf } from "./names.ts";
import { accountOf } from "./pod-identities.ts";
import { planNeutralise } from "./quarantine.ts";
import { planReplicas } from "./replicas.ts";
import { planResources } from "./resources.ts";
import { planServiceDatabases } from "./services/databases.ts";
import type { DatabasePlan, RolePlan } from "./types.ts";
import { planVolume } from "./volume.ts";
import { planWal } from "./wal.ts";

export const databasePort = 5432;

/** Where a site's certificate is mounted in the database's pod. */
export const tlsDirectory = "/etc/holdfast/tls";

export function planDatabase(config: SiteConfig): DatabasePlan {
  const { database, site } = config;
  const name = nameOf("statefulSet", "database");
  const isRehearsal = site.role === "rehearsal";
  const ofServices = planServiceDatabases(config);
  return {
    name,
    image: database.image,
    replicas: planReplicas(site.role).database,
    account: accountOf(config, "database"),
    port: databasePort,
    // A rehearsal shares the node with dr's own stack, whose port the file's own is.
    nodePort: isRehearsal ? (planCanary(config)?.databasePort ?? null) : (database.nodePort ?? null),
    volume: planVolume(name, database, isRehearsal),
    resources: planResources(database.resources),
    parameters: planParameters(database),
    annotations: planAnnotations(config),
    archiveTimeoutSeconds: planWal(database).archiveTimeoutSeconds,
    roles: [...planRoles(database.roles), ...ofServices.roles],
    databases: [
      { name: "odoo", owner: "odoo" },
      { name: "holdfast", owner: "prober" },
      ...ofServices.databases,
    ],
    neutralise: planNeutralise(config),
    budgets: planBudget(config),
  };
}

/** holdfast's own settings come last: `loadConfig` refuses a user's, and nothing that slipped past it wins here. */
export function planParameters(
  database: Pick<SiteConfig["database"], "archiveTimeout" | "parameters" | "resources">,
): Readonly<Record<string, string>> {
  const users = Object.entries(database.parameters).map(
    ([name, value]) => [name, settingText(value)] as const,
  );
  const merged = {
    ...defaultParameters(database.resources.limits.memory),
    ...Object.fromEntries(users),
    ...planWal(database).parameters,
    ...ownParameters,
  };
  return Object.fromEntries(Object.entries(merged).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Recovery refuses to start, or pauses, with less of these than the server had that made the set. */
const mustMatch = [
  "max_connections",
  "max_worker_processes",
  "max_wal_senders",
  "max_prepared_transactions",
  "max_locks_per_transaction",
] as const;

function planAnnotations(config: SiteConfig): Readonly<Record<string, string>> {
  const parameters = planParameters(config.database);
  const { image } = config.database;
  return {
    ...Object.fromEntries(mustMatch.map((name) => [name, parameters[name] ?? ""])),
    site: config.site.name,
    // By digest where it is named by one: then two places that have the same have the same image.
    image: image.split("@sha256:")[1]?.slice(0, 12) ?? digest(image),
    plan: digest(JSON.stringify([parameters, config.backup.retention, config.backup.schedules.full.text])),
  };
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 12);
}

function settingText(value: string | number | boolean): string {
  return typeof value === "boolean" ? (value ? "on" : "off") : String(value);
}

const ownParameters = {
  listen_addresses: "*",
  port: String(databasePort),
  password_encryption: "scram-sha-256",
  max_wal_senders: "10",
  ssl: "on",
  ssl_cert_file: `${tlsDirectory}/tls.crt`,
  ssl_key_file: `${tlsDirectory}/tls.key`,
  ssl_min_protocol_version: "TLSv1.2",
} as const;

function defaultParameters(memoryLimit: string): Readonly<Record<string, string>> {
  const memoryMiB = Math.floor((parseSize(memoryLimit) ?? 2 ** 30) / 2 ** 20);
  return {
    // These four are written down although they are PostgreSQL's defaults: lower at one site than at the
    // other, they pause or abort a recovery.
    max_connections: "100",
    max_worker_processes: "8",
    max_prepared_transactions: "0",
    max_locks_per_transaction: "64",
    shared_buffers: `${Math.max(32, Math.floor(memoryMiB / 4))}MB`,
    effective_cache_size: `${Math.max(64, Math.floor(memoryMiB / 2))}MB`,
    max_wal_size: "2GB",
    wal_compression: "on",
    log_checkpoints: "on",
    log_timezone: "UTC",
  };
}

/** Odoo owns its database and needs no more; the superuser's password never leaves the site. */
function planRoles(roles: SiteConfig["database"]["roles"]): readonly RolePlan[] {
  return [
    { name: "postgres", password: "generated", attributes: ["LOGIN", "SUPERUSER"] },
    { name: "odoo", password: "generated", attributes: ["LOGIN"] },
    { name: "prober", password: roles.prober, attributes: ["LOGIN"] },
    // Sees rows that a policy hides from everybody else: a dump without them is no dump.
    {
      name: dumpRole,
      password: "generated",
      attributes: ["LOGIN", "BYPASSRLS"],
      memberOf: ["pg_read_all_data"],
    },
    ...(roles.load === undefined
      ? []
      : [{ name: "load", password: roles.load, attributes: ["LOGIN"] } as const]),
  ];
}
