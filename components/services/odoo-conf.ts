import type { OdooPlan } from "../../plan/types.ts";

/** odoo.conf. The host name is the same at both sites, so that a restored application finds its database. */
export function renderOdooConf(
  plan: OdooPlan,
  database: { readonly host: string; readonly port: number },
  password: string,
): string {
  const options = {
    db_host: database.host,
    db_port: database.port,
    db_user: plan.database.role,
    db_password: password,
    db_name: plan.database.name,
    db_sslmode: "require",
    db_maxconn: 32,
    dbfilter: `^${plan.database.name}$`,
    // Nobody makes, drops or downloads a database through the web.
    list_db: "False",
    http_port: plan.port.container,
    proxy_mode: "True",
    workers: plan.workers,
    max_cron_threads: 1,
    data_dir: "/var/lib/odoo",
    without_demo: "all",
  };
  const lines = Object.entries(options).map(([key, value]) => `${key} = ${value}`);
  return `[options]\n${lines.join("\n")}\n`;
}
