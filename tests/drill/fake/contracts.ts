import type { Role, Site, StackContract } from "../../../contract/stack.ts";

export const addresses = { primary: "198.18.0.11", dr: "198.18.0.12" } as const satisfies Record<
  Site,
  string
>;

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
      { name: "odoo", deployment: "odoo", critical: true },
      { name: "gateway", deployment: "gateway", critical: true },
    ],
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
  return {
    ...siteContract("dr", "rehearsal", epoch),
    stack: "rehearsal",
    namespace: "holdfast-rehearsal",
    publicUrl: "https://rehearsal.holdfast.test",
    publicName: "rehearsal.holdfast.test",
    databaseName: null,
  };
}
