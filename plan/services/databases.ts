import type { SiteConfig } from "../../config/index.ts";
import type { DatabasePlan, RolePlan } from "../types.ts";
import { planServices, servicesOf } from "./index.ts";

export interface ServiceDatabases {
  readonly roles: readonly RolePlan[];
  readonly databases: DatabasePlan["databases"];
}

/** What services other than Odoo want of PostgreSQL; Odoo's own is the database's oldest. */
export function planServiceDatabases(config: SiteConfig): ServiceDatabases {
  const services = servicesOf(planServices(config)).filter(({ name }) => name !== "odoo");
  const databases = services.flatMap(({ database }) => (database === null ? [] : [database]));
  return {
    roles: databases.map(({ role, password }) => ({ name: role, password, attributes: ["LOGIN"] })),
    databases: databases.map(({ name, role }) => ({ name, owner: role })),
  };
}
