import type { Role, Site, StackContract } from "../../../contract/stack.ts";

export const addresses = { primary: "198.18.0.11", dr: "198.18.0.12" } as const satisfies Record<
  Site,
  string
>;

const erp = { host: "erp.holdfast.test", through: "erp.holdfast.test" } as const;

export function siteContract(site: Site, role: Role, epoch: number): StackContract {
  return {
    schemaVersion: 1,
    stack: site,
    site,
    role,
    epoch,
    stanzaPath: `/epochs/${epoch}`,
    namespace: "holdfast",
    cluster: { context: site, identifier: `holdfast-lab-${site}` },
    database: {
      pod: "database-0",
      container: "steward",
      service: "database",
      port: 5432,
      address: addresses[site],
    },
    backup: {
      stanza: "main",
      repositories: [{ name: "offsite", kind: "offsite", bucket: "holdfast-offsite", endpoint: "offsite" }],
      cronJobs: ["full", "diff", "incr"].map((type) => ({
        name: `backup-offsite-${type}`,
        repository: "offsite",
        type,
        schedule: "0 0 * * *",
      })),
    },
    services: [
      {
        name: "odoo",
        deployment: "odoo",
        critical: true,
        group: 1,
        keyFunctions: (["login", "read", "write", "document"] as const).map((id) => ({ id, kind: "odoo" })),
      },
      {
        name: "gateway",
        deployment: "gateway",
        critical: true,
        group: 1,
        keyFunctions: [
          { id: "gateway.tls", kind: "tls", ...erp },
          { id: "gateway.unknown-host", kind: "unknown-host", ...erp },
        ],
      },
      {
        name: "n8n",
        deployment: "n8n",
        critical: false,
        group: 1,
        keyFunctions: [
          {
            id: "n8n.workflow",
            kind: "workflow",
            host: "flows.holdfast.test",
            through: "flows.holdfast.test",
            path: "/webhook/holdfast-rows",
            database: "n8n",
            role: "n8n",
            service: "n8n",
          },
        ],
      },
      {
        name: "notifications",
        deployment: "notifications",
        critical: false,
        group: 1,
        keyFunctions: [
          {
            id: "notifications.publish-subscribe",
            kind: "publish-subscribe",
            host: "notify.holdfast.test",
            through: "notify.holdfast.test",
            topic: "holdfast-drill",
            service: "notifications",
          },
        ],
      },
      {
        name: "opening-hours",
        deployment: "opening-hours",
        critical: false,
        group: 2,
        keyFunctions: [
          {
            id: "opening-hours.today",
            kind: "http",
            ...erp,
            method: "GET",
            path: "/opening-hours/today",
            status: 200,
            matches: '"opens":"08:00"',
          },
        ],
      },
    ],
    hostNames: ["flows.holdfast.test", "notify.holdfast.test"],
    documents: { bucket: "holdfast-documents", prefix: "odoo/filestore/odoo" },
    publicUrl: "https://erp.holdfast.test",
    publicName: "erp.holdfast.test",
    databaseName: "db.holdfast.test",
    targets: { rtoSeconds: 14_400, rpoSeconds: 900 },
  };
}

export const offsiteContract: StackContract = {
  ...siteContract("primary", "active", 0),
  stack: "offsite",
  site: "offsite",
  role: null,
  database: null,
  backup: null,
};

export function rehearsalContract(epoch: number): StackContract {
  const standing = siteContract("dr", "rehearsal", epoch);
  const through = "rehearsal.holdfast.test";
  return {
    ...standing,
    services: standing.services.map((service) => ({
      ...service,
      keyFunctions: (service.keyFunctions ?? []).map((each) =>
        each.kind === "odoo" ? each : { ...each, through },
      ),
    })),
    hostNames: [],
    stack: "rehearsal",
    namespace: "holdfast-rehearsal",
    publicUrl: "https://rehearsal.holdfast.test",
    publicName: "rehearsal.holdfast.test",
    databaseName: null,
  };
}
