import type { SiteConfig } from "../../config/index.ts";
import { planCanary } from "../canary.ts";
import { nameOf } from "../names.ts";
import { planReplicas } from "../replicas.ts";
import { planResources } from "../resources.ts";
import type { N8nPlan } from "../types.ts";

const listenPort = 5678;
/** Below /webhook/, where n8n serves those of published workflows. */
const drillWebhook = "holdfast-rows";

/** n8n on PostgreSQL. Everything of it is in its database, but for the key that its credentials are encrypted with. */
export function planN8n(config: SiteConfig): N8nPlan | null {
  const { n8n } = config.services;
  if (n8n === undefined) return null;
  const { host } = n8n;
  const { role } = config.site;
  const name = nameOf("label", "n8n");
  const database = { name: "n8n", role: "n8n", password: n8n.password };
  return {
    name,
    image: n8n.image,
    command: ["n8n", "start"],
    args: null,
    // The image's user.
    uid: 1000,
    env: { ...quiet, ...atHost(host) },
    secretEnv: {},
    files: {},
    writable: ["/tmp", "/home/node"],
    port: { name: "http", container: listenPort, service: listenPort, nodePort: null },
    // Connected and migrated. With all processors taken a first start was seen to take 22 s.
    probe: {
      path: "/healthz/readiness",
      startupSeconds: 600,
      periodSeconds: 5,
      timeoutSeconds: 5,
      restart: false,
    },
    resources: planResources(n8n.resources),
    replicas: planReplicas(role).services,
    // Two at once would both run every schedule.
    strategy: "Recreate",
    group: n8n.group,
    waits: null,
    openTo: "site",
    awaited: n8n.critical && role !== "standby",
    critical: n8n.critical,
    database,
    routes: [{ host, path: "/", streams: true }],
    keyFunctions: [
      {
        id: `${name}.workflow`,
        kind: "workflow",
        host,
        through: planCanary(config)?.name ?? host,
        path: `/webhook/${drillWebhook}`,
        database: database.name,
        role: database.role,
        service: name,
      },
    ],
    host,
    encryptionKey: n8n.encryptionKey,
    owner: n8n.owner,
  };
}

function atHost(host: string): Readonly<Record<string, string>> {
  return {
    HOME: "/home/node",
    N8N_USER_FOLDER: "/home/node",
    N8N_PORT: String(listenPort),
    N8N_LISTEN_ADDRESS: "0.0.0.0",
    N8N_PROXY_HOPS: "1",
    N8N_EDITOR_BASE_URL: `https://${host}/`,
    WEBHOOK_URL: `https://${host}/`,
    NODE_OPTIONS: "--max-old-space-size=768",
  };
}

/** It asks nobody outside, and starts no helper: a drill's copy has to be quiet, and start fast. */
const quiet: Readonly<Record<string, string>> = {
  N8N_DIAGNOSTICS_ENABLED: "false",
  N8N_VERSION_NOTIFICATIONS_ENABLED: "false",
  N8N_TEMPLATES_ENABLED: "false",
  N8N_PERSONALIZATION_ENABLED: "false",
  N8N_HIRING_BANNER_ENABLED: "false",
  N8N_DYNAMIC_BANNERS_ENABLED: "false",
  N8N_COMMUNITY_PACKAGES_ENABLED: "false",
  N8N_AI_ENABLED: "false",
  N8N_LICENSE_AUTO_RENEW_ENABLED: "false",
  N8N_DISABLED_MODULES: "mcp-registry,insights",
};
