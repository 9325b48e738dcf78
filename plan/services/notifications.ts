import type { SiteConfig } from "../../config/index.ts";
import { planCanary } from "../canary.ts";
import { nameOf } from "../names.ts";
import { planReplicas } from "../replicas.ts";
import { planResources } from "../resources.ts";
import type { NotificationsPlan } from "../types.ts";

const listenPort = 8080;
const user = "holdfast";

/** ntfy. It keeps nothing: a message that nobody has fetched when the site is lost is lost with it. */
export function planNotifications(config: SiteConfig): NotificationsPlan | null {
  const { notifications } = config.services;
  if (notifications === undefined) return null;
  const { host, drillTopic } = notifications;
  const { role } = config.site;
  const name = nameOf("label", "notifications");
  return {
    name,
    image: notifications.image,
    command: ["sh", "/etc/holdfast/start.sh"],
    args: null,
    uid: 10_002,
    env: {
      HOME: "/tmp",
      NTFY_USER: user,
      NTFY_BASE_URL: `https://${host}`,
      NTFY_LISTEN_HTTP: `:${listenPort}`,
      NTFY_AUTH_FILE: "/tmp/users.db",
      NTFY_AUTH_DEFAULT_ACCESS: "deny-all",
      NTFY_BEHIND_PROXY: "true",
      NTFY_ENABLE_LOGIN: "true",
    },
    secretEnv: { NTFY_PASSWORD: notifications.password },
    // The user is made anew at each start, so that nothing of it needs a volume.
    files: {
      "/etc/holdfast/start.sh":
        'set -e\n: >"$NTFY_AUTH_FILE"\nntfy user add --role=admin "$NTFY_USER"\nunset NTFY_PASSWORD\nexec ntfy serve\n',
      "/etc/ntfy/server.yml": "# Everything is in the environment.\n",
    },
    writable: ["/tmp"],
    port: { name: "http", container: listenPort, service: 80, nodePort: null },
    probe: { path: "/v1/health", startupSeconds: 60, periodSeconds: 5, timeoutSeconds: 3, restart: true },
    resources: planResources(notifications.resources),
    replicas: planReplicas(role).services,
    // Subscribers of one would not hear what is published at the other.
    strategy: "Recreate",
    group: notifications.group,
    waits: null,
    openTo: "site",
    awaited: notifications.critical && role !== "standby",
    critical: notifications.critical,
    database: null,
    routes: [{ host, path: "/", streams: true }],
    keyFunctions: [
      {
        id: `${name}.publish-subscribe`,
        kind: "publish-subscribe",
        host,
        through: planCanary(config)?.name ?? host,
        topic: drillTopic,
        service: name,
      },
    ],
    host,
    user,
    password: notifications.password,
  };
}
