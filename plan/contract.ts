import type { StackContract } from "../contract/stack.ts";
import { servicesOf } from "./services/index.ts";
import { hostNamesOf } from "./traffic.ts";
import type { OffsitePlan, SitePlan } from "./types.ts";

/** Name of the container in the database's pod that runs PostgreSQL. */
export const databaseContainer = "postgres";

/**
 * The contract of a site's stack as far as the plan knows it. Epoch and stanza
 * path are the Term resource's to say: they are filled in from its outputs.
 */
export function planSiteContract(plan: SitePlan): StackContract {
  const { database, documents, monitoring, services } = plan;
  return {
    schemaVersion: 1,
    stack: plan.stack,
    site: plan.site,
    role: plan.role,
    epoch: 0,
    stanzaPath: null,
    namespace: plan.namespace,
    cluster: { context: plan.cluster.context, identifier: plan.cluster.identifier },
    database: {
      pod: `${database.name}-0`,
      container: databaseContainer,
      service: database.name,
      port: database.nodePort ?? database.port,
      address: plan.address,
    },
    backup: {
      stanza: plan.repositories[0]?.stanza ?? "",
      repositories: plan.repositories.map(({ name, kind, bucket, endpoint }) => ({
        name,
        kind,
        bucket,
        endpoint: `${endpoint.host}:${endpoint.port}`,
      })),
      cronJobs: plan.schedules.map(({ name, repository, type, cron }) => ({
        name,
        repository,
        type,
        schedule: cron,
      })),
    },
    services: servicesOf(services).map(({ name, critical, group, keyFunctions }) => ({
      name,
      deployment: name,
      critical,
      group,
      keyFunctions: [...keyFunctions],
    })),
    hostNames: hostNamesOf(plan),
    documents: {
      bucket: documents.offsite.bucket,
      prefix: `${documents.filestorePrefix}/${services.odoo.database.name}`,
    },
    monitoring: {
      address: plan.address,
      scheme: "https",
      path: "/metrics",
      exporters: [...monitoring.exporters, { name: "documents" as const, ...documents.exporter }].map(
        ({ name, port, nodePort }) => ({ name, port: nodePort ?? port }),
      ),
    },
    publicUrl: plan.publicUrl,
    publicName: plan.publicName,
    databaseName: plan.databaseName,
    targets: { rtoSeconds: plan.targets.rtoSeconds, rpoSeconds: plan.targets.rpoSeconds },
  };
}

export function planOffsiteContract(plan: OffsitePlan): StackContract {
  return {
    schemaVersion: 1,
    stack: plan.stack,
    site: "offsite",
    role: null,
    epoch: 0,
    stanzaPath: null,
    namespace: null,
    cluster: null,
    database: null,
    backup: null,
    services: [],
    publicUrl: null,
    publicName: null,
    databaseName: null,
    targets: { rtoSeconds: plan.targets.rtoSeconds, rpoSeconds: plan.targets.rpoSeconds },
  };
}
