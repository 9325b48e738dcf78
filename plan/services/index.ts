import type { SiteConfig } from "../../config/index.ts";
import type { ServicePlan, ServicesPlan } from "../types.ts";
import { planGateway } from "./gateway.ts";
import { waitsOf } from "./groups.ts";
import { planN8n } from "./n8n.ts";
import { planNotifications } from "./notifications.ts";
import { planOdoo } from "./odoo.ts";
import { planOwn } from "./own.ts";

export function planServices(config: SiteConfig): ServicesPlan {
  const odoo = planOdoo(config);
  const n8n = planN8n(config);
  const notifications = planNotifications(config);
  const own = planOwn(config);
  const routed = [odoo, ...present([n8n, notifications]), ...own];
  const gateway = planGateway(config, routed);
  const all = [...routed, gateway];
  const waiting = <T extends ServicePlan>(service: T): T => ({
    ...service,
    waits: waitsOf(service, all, config.documents.image),
  });
  return {
    odoo: waiting(odoo),
    n8n: n8n === null ? null : waiting(n8n),
    notifications: notifications === null ? null : waiting(notifications),
    gateway: waiting(gateway),
    own: own.map(waiting),
  };
}

/** Every service, in the order in which they start. */
export function servicesOf({ odoo, n8n, notifications, gateway, own }: ServicesPlan): readonly ServicePlan[] {
  const all = [odoo, ...present([n8n, notifications]), gateway, ...own];
  return all.sort((a, b) => a.group - b.group);
}

function present(services: readonly (ServicePlan | null)[]): readonly ServicePlan[] {
  return services.filter((service) => service !== null);
}
