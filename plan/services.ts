import type { SiteConfig } from "../config/index.ts";
import { planCanary } from "./canary.ts";
import { nameOf } from "./names.ts";
import { planReplicas } from "./replicas.ts";
import { planResources } from "./resources.ts";
import type { ServicesPlan } from "./types.ts";
import { planVolume } from "./volume.ts";

const odooPort = 8069;

export function planServices(config: SiteConfig): ServicesPlan {
  const { odoo, gateway } = config.services;
  const canary = planCanary(config);
  const replicas = planReplicas(config.site.role).services;
  const odooName = nameOf("label", "odoo");
  return {
    odoo: {
      name: odooName,
      image: odoo.image,
      replicas,
      database: "odoo",
      role: "odoo",
      port: odooPort,
      modules: odoo.modules,
      adminPassword: odoo.adminPassword,
      workers: odoo.workers,
      resources: planResources(odoo.resources),
      awaited: config.site.role !== "standby",
      volume: planVolume(odooName, odoo, config.site.role === "rehearsal"),
      critical: odoo.critical,
    },
    gateway: {
      name: nameOf("label", "gateway"),
      image: gateway.image,
      replicas,
      nodePort: config.site.role === "rehearsal" ? (canary?.gatewayPort ?? null) : (gateway.nodePort ?? null),
      hosts: [{ host: canary?.name ?? config.traffic.publicName, service: odooName, port: odooPort }],
      resources: planResources(gateway.resources),
      critical: gateway.critical,
    },
  };
}
