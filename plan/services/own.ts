import type { SiteConfig } from "../../config/index.ts";
import { planCanary } from "../canary.ts";
import { nameOf } from "../names.ts";
import { planReplicas } from "../replicas.ts";
import { planResources } from "../resources.ts";
import type { ServicePlan } from "../types.ts";

/** Services that a stack file describes and no code knows, in the order of their names. */
export function planOwn(config: SiteConfig): readonly ServicePlan[] {
  return Object.keys(config.services.own)
    .sort()
    .map((key) => planOne(config, key));
}

function planOne(config: SiteConfig, key: string): ServicePlan {
  const own = config.services.own[key];
  if (own === undefined) throw new Error(`the config has no service ${key}`);
  const { role } = config.site;
  const name = nameOf("label", key);
  // As SQL says it without quotes.
  const owner = name.replaceAll("-", "_");
  const host = own.route?.host ?? planCanary(config)?.name ?? config.traffic.publicName;
  // A rehearsal's copy is found under its own name alone: production answers under the others.
  const through = planCanary(config)?.name ?? host;
  return {
    name,
    image: own.image,
    command: own.command ?? null,
    args: own.args ?? null,
    uid: own.user,
    env: own.env,
    secretEnv: own.secretEnv,
    files: own.files,
    writable: own.writable,
    port:
      own.port === undefined
        ? null
        : { name: "http", container: own.port, service: own.port, nodePort: null },
    probe: {
      path: own.probe.path ?? null,
      startupSeconds: own.probe.startup,
      periodSeconds: own.probe.period,
      timeoutSeconds: 5,
      restart: own.probe.restart,
    },
    resources: planResources(own.resources),
    replicas: planReplicas(role).services * own.replicas,
    strategy: "RollingUpdate",
    group: own.group,
    waits: null,
    openTo: "site",
    awaited: own.critical && role !== "standby",
    critical: own.critical,
    database:
      own.database === undefined ? null : { name: owner, role: owner, password: own.database.password },
    routes: own.route === undefined ? [] : [{ host, path: own.route.path, streams: own.route.streams }],
    keyFunctions: own.keyFunctions.map(({ id, method, path, status, matches }) => ({
      id: `${name}.${id}`,
      kind: "http",
      host,
      through,
      method,
      path,
      status,
      matches: matches ?? null,
    })),
  };
}
