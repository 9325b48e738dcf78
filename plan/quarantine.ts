import type { SiteConfig } from "../config/index.ts";
import { drillWorkflow } from "../contract/key-function.ts";
import { nameOf } from "./names.ts";
import { storePlaceOf } from "./offsite-place.ts";
import { portOf } from "./repositories.ts";
import type { NeutralisePlan, QuarantinePlan } from "./types.ts";

/** In words of the config, with the database of each. */
const builtIn = { odoo: "odoo", n8n: "n8n" } as const;
type BuiltIn = keyof typeof builtIn;

/**
 * A restored copy that people do not work with must not mail or run jobs. In the
 * lab every loss is a drill; elsewhere dr's activation is the business itself.
 */
export function planNeutralise(config: SiteConfig): readonly NeutralisePlan[] {
  return namesOf(config).map((name) => ({
    name,
    database: builtIn[name],
    sql: null,
    verify: null,
    keep: name === "n8n" ? [drillWorkflow] : [],
  }));
}

function namesOf({ recovery, site }: SiteConfig): readonly BuiltIn[] {
  const all: readonly BuiltIn[] = ["odoo", "n8n"];
  // Whatever the stack file says: a rehearsal that mails customers is an incident.
  if (site.role === "rehearsal") return all;
  if (recovery.neutralise !== undefined) return recovery.neutralise;
  return site.name === "dr" && site.lab ? all : [];
}

export function isQuarantined({ site }: SiteConfig): boolean {
  return site.role === "rehearsal" || site.quarantine;
}

/** Of the pods by their labels: a service that nobody thought of is an application. */
const exempt = ["database", "objects", "documents", "backup"] as const;

/** Where a cluster's own cache of names listens, as Kubernetes documents it. */
const nodeLocalDns = "169.254.20.10";

export function planQuarantine(config: SiteConfig): QuarantinePlan | null {
  if (!isQuarantined(config)) return null;
  const { site } = config;
  const { endpoint } = storePlaceOf(config.offsite);
  const { hostname } = new URL(endpoint);
  const store = /^[0-9.]+$/.test(hostname) ? [{ address: hostname, port: portOf(endpoint) }] : [];
  return {
    name: nameOf("label", "quarantine"),
    exempt,
    nameServers: [site.address, nodeLocalDns],
    // Beside an application run the containers that carry its documents to and from the third place.
    allowed: [...store, ...site.quarantineAllows],
  };
}
