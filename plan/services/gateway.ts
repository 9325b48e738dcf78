import type { SiteConfig } from "../../config/index.ts";
import { planCanary } from "../canary.ts";
import { nameOf } from "../names.ts";
import { planReplicas } from "../replicas.ts";
import { planResources } from "../resources.ts";
import type { GatewayPlan, HostPlan, RoutePlan, ServicePlan } from "../types.ts";

/** Where the image's nginx may listen: it is not root. */
const listenPort = 8443;

export function planGateway(config: SiteConfig, routed: readonly ServicePlan[]): GatewayPlan {
  const { gateway } = config.services;
  const { role } = config.site;
  const canary = planCanary(config);
  const publicName = canary?.name ?? config.traffic.publicName;
  const name = nameOf("label", "gateway");
  return {
    name,
    image: gateway.image,
    command: ["nginx", "-e", "stderr", "-g", "daemon off;"],
    args: null,
    // The image's nginx user.
    uid: 101,
    env: {},
    secretEnv: {},
    files: {},
    writable: ["/tmp"],
    port: {
      name: "https",
      container: listenPort,
      service: 443,
      nodePort: role === "rehearsal" ? (canary?.gatewayPort ?? null) : (gateway.nodePort ?? null),
    },
    probe: {
      path: gateway.healthPage,
      startupSeconds: 60,
      periodSeconds: 1,
      timeoutSeconds: 1,
      restart: false,
    },
    resources: planResources(gateway.resources),
    replicas: planReplicas(role).services * gateway.replicas,
    strategy: "RollingUpdate",
    group: gateway.group,
    waits: null,
    openTo: "world",
    awaited: gateway.critical && role !== "standby",
    critical: gateway.critical,
    database: null,
    routes: [],
    keyFunctions: [
      { id: `${name}.tls`, kind: "tls", host: publicName, through: publicName },
      { id: `${name}.unknown-host`, kind: "unknown-host", host: publicName, through: publicName },
    ],
    healthPage: gateway.healthPage,
    requestLog: gateway.requestLog,
    hosts: planHosts(config, routed),
  };
}

/** The public name first, the others in the order in which they are named. */
function planHosts(config: SiteConfig, routed: readonly ServicePlan[]): readonly HostPlan[] {
  const byHost = new Map<string, HostPlan["locations"][number][]>();
  const add = ({ host, path, streams }: RoutePlan, { name, port }: ServicePlan): void => {
    if (port === null) throw new Error(`a route leads to ${name}, which has no port`);
    const locations = byHost.get(host) ?? [];
    byHost.set(host, [...locations, { path, service: name, port: port.service, streams }]);
  };
  for (const service of routed) for (const route of service.routes) add(route, service);
  for (const { service, ...route } of config.services.gateway.routes) {
    const target = routed.find(({ name }) => name === nameOf("label", service));
    if (target === undefined) throw new Error(`a route leads to ${service}, which there is not`);
    add({ ...route, streams: false }, target);
  }
  return [...byHost].map(([host, locations]) => ({ host, locations }));
}
