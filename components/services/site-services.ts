import type { ComponentResource, Input, Output, Resource } from "@pulumi/pulumi";
import { servicesOf } from "../../plan/services/index.ts";
import type { ServicePlan, SitePlan } from "../../plan/types.ts";
import type { Filestore } from "../documents/filestore.ts";
import type { ResolveSecret } from "../secrets.ts";
import type { SiteTerm } from "../term.ts";
import { gatewayParts } from "./gateway.ts";
import { n8nParts } from "./n8n.ts";
import { odooParts } from "./odoo.ts";
import { Service } from "./service.ts";
import type { ServiceParts } from "./service-args.ts";

export interface SiteServicesArgs {
  readonly plan: SitePlan;
  readonly namespace: Input<string>;
  readonly tlsSecret: Input<string>;
  readonly term: SiteTerm;
  readonly filestore: Filestore;
  /** Of a role in PostgreSQL. */
  readonly passwordOf: (role: string) => Output<string>;
  /** What has to be there before any pod starts. */
  readonly after: readonly Resource[];
  readonly secrets: ResolveSecret;
}

/**
 * Every service of the plan. They are registered side by side: their pods wait for
 * each other by themselves, so that a site that starts without Pulumi does the same.
 *
 * @returns the Deployments that the weights wait for
 */
export function makeSiteServices(parent: ComponentResource, args: SiteServicesArgs): readonly Resource[] {
  const { plan } = args;
  const { gateway } = plan.services;
  const make = (service: ServicePlan, parts?: ServiceParts, doors: readonly Resource[] = []): Service =>
    new Service(
      service.name,
      {
        plan: service,
        namespace: args.namespace,
        database: { host: plan.database.name, port: plan.database.port },
        timeoutSeconds: plan.database.budgets.updateTimeoutSeconds,
        secrets: args.secrets,
        ...passwordFor(service, args),
        ...(parts === undefined ? {} : { parts }),
        after: [...args.after, ...doors],
      },
      { parent },
    );
  const routed = servicesOf(plan.services).filter(({ name }) => name !== gateway.name);
  const made = routed.map((service) => make(service, partsOf(service, args)));
  // nginx does not start while a host that it forwards to has no address in DNS.
  const doors = made.flatMap(({ service }) => (service === null ? [] : [service]));
  const door = gatewayParts({
    plan: gateway,
    site: plan.site,
    term: args.term,
    namespaceName: plan.namespace,
    tlsSecret: args.tlsSecret,
  });
  made.push(make(gateway, door, doors));
  return [...routed, gateway].flatMap(({ critical }, index) => {
    const deployment = made[index]?.deployment;
    return critical && deployment !== undefined ? [deployment] : [];
  });
}

/** Odoo and n8n are told by a file, which nothing that they run can print as its environment. */
function passwordFor(service: ServicePlan, args: SiteServicesArgs): { readonly password?: Output<string> } {
  const { database, name } = service;
  const { odoo, n8n } = args.plan.services;
  if (database === null || name === odoo.name || name === n8n?.name) return {};
  return { password: args.passwordOf(database.role) };
}

function partsOf(service: ServicePlan, args: SiteServicesArgs): ServiceParts | undefined {
  const { plan, filestore, secrets } = args;
  const { odoo, n8n } = plan.services;
  const database = { host: plan.database.name, port: plan.database.port };
  if (n8n !== null && service.name === n8n.name) {
    const password = args.passwordOf(n8n.database.role);
    return n8nParts({ plan: n8n, database, password, tlsSecret: args.tlsSecret, secrets });
  }
  if (service.name !== odoo.name) return undefined;
  return odooParts({
    plan: odoo,
    database,
    password: args.passwordOf(odoo.database.role),
    filestore,
    publicUrl: plan.publicUrl,
    secrets,
  });
}
