import type { SiteConfig } from "../../config/index.ts";
import { planCanary } from "../canary.ts";
import { nameOf } from "../names.ts";
import { planReplicas } from "../replicas.ts";
import { planResources } from "../resources.ts";
import type { OdooPlan } from "../types.ts";
import { planVolume } from "../volume.ts";

const odooPort = 8069;

export function planOdoo(config: SiteConfig): OdooPlan {
  const { odoo } = config.services;
  const { role } = config.site;
  const name = nameOf("label", "odoo");
  return {
    name,
    image: odoo.image,
    command: ["odoo", "--config=/etc/odoo/odoo.conf"],
    args: null,
    // The image's odoo user.
    uid: 1000,
    env: { HOME: "/tmp" },
    secretEnv: {},
    files: {},
    writable: ["/tmp"],
    port: { name: "http", container: odooPort, service: odooPort, nodePort: null },
    // The first page makes the asset bundles: slow once, so the start has patience and the readiness probe few questions.
    probe: { path: "/web/login", startupSeconds: 300, periodSeconds: 10, timeoutSeconds: 10, restart: false },
    resources: planResources(odoo.resources),
    replicas: planReplicas(role).services,
    // Two versions of Odoo on one database would migrate it under each other.
    strategy: "Recreate",
    group: odoo.group,
    waits: null,
    openTo: "site",
    // A standby's volume claim is bound by nobody, and the engine would wait for that.
    awaited: odoo.critical && role !== "standby",
    critical: odoo.critical,
    database: { name: "odoo", role: "odoo", password: "generated" },
    routes: [{ host: planCanary(config)?.name ?? config.traffic.publicName, path: "/", streams: false }],
    keyFunctions: (["login", "read", "write", "document"] as const).map((id) => ({ id, kind: "odoo" })),
    modules: odoo.modules,
    adminPassword: odoo.adminPassword,
    workers: odoo.workers,
    volume: planVolume(name, odoo, role === "rehearsal"),
  };
}
