import { nearestName } from "../nearest-name.ts";
import type { Partly, SiteConfig } from "../schema.ts";
import { type Findings, gather, problem, warning } from "./findings.ts";

type Services = NonNullable<Partly<SiteConfig>["services"]>;
type Own = NonNullable<NonNullable<Services["own"]>[string]>;

/** What the schema lists; `n8n` and `notifications` may be left out, and are names of built-ins all the same. */
const builtIns = ["odoo", "n8n", "notifications", "gateway"] as const;

/** Names of objects, roles or databases of holdfast's own, or of PostgreSQL's. */
const taken =
  /^(database|objects|documents|pgbackrest|backup|restore-test|holdfast|tls|own|postgres|prober|load|template0|template1)(-|$)|^(odoo|n8n|notifications|gateway|pg)-/;

/** What two services, or a service and the site, cannot both have. */
export function checkServices(config: Partly<SiteConfig>): Findings {
  const { services } = config;
  if (services === undefined) return gather([]);
  const own = Object.entries(services.own ?? {}).flatMap(([name, section]) =>
    section === undefined ? [] : [{ name, section, path: `services.${name}` }],
  );
  return gather([
    ...own.map(({ name, path }) => checkName(name, path)),
    ...own.map(({ section, path }) => checkOwn(section, path)),
    checkRoutes(config, services, own),
  ]);
}

function checkName(name: string, path: string): Findings {
  if (taken.test(name) || name.length > 40)
    return problem({
      path,
      what: "cannot be a service's name: objects of holdfast's own, or a role of PostgreSQL, have it",
      got: name,
      allowed: `at most 40 letters, and not ${["database", "objects", "documents", "postgres"].join(", ")} or the like`,
    });
  const meant = nearestName(name, builtIns);
  if (meant === undefined) return gather([]);
  return warning({
    path,
    what: "is taken for a service of your own",
    got: name,
    hint: `did you mean holdfast:services.${meant}?`,
  });
}

function checkOwn(section: Own, path: string): Findings {
  const findings: Findings[] = [];
  const demand = (at: string, what: string, hint: string): void => {
    findings.push(problem({ path: `${path}.${at}`, what, hint }));
  };
  if (section.port === undefined) {
    if (section.route !== undefined)
      demand("route", "leads to a service without a port", `set holdfast:${path}.port`);
    if (section.probe?.path !== undefined)
      demand("probe.path", "asks a service without a port", `set holdfast:${path}.port`);
    if (section.critical === true)
      demand("critical", "a service without a port is ready before it works", `set holdfast:${path}.port`);
  }
  for (const name of Object.keys(section.secretEnv ?? {}))
    if (section.env !== undefined && Object.hasOwn(section.env, name))
      demand(`secretEnv.${name}`, "is given in env too", "keep one of them");
  findings.push(checkKeyFunctions(section, path));
  return gather(findings);
}

function checkKeyFunctions({ keyFunctions = [], route }: Own, path: string): Findings {
  const findings: Findings[] = [];
  const seen = new Set<string>();
  for (const [index, each] of keyFunctions.entries()) {
    const at = `${path}.keyFunctions[${index}]`;
    if (each?.id !== undefined && seen.has(each.id))
      findings.push(problem({ path: `${at}.id`, what: "is another key function's too", got: each.id }));
    if (each?.id !== undefined) seen.add(each.id);
    if (each?.path === undefined) continue;
    const below = route?.path;
    if (route === undefined)
      findings.push(
        problem({
          path: at,
          what: "is asked through the gateway, which has no route to the service",
          hint: `set holdfast:${path}.route`,
        }),
      );
    else if (below !== undefined && !each.path.startsWith(below))
      findings.push(
        problem({
          path: `${at}.path`,
          what: "does not lie below the service's route: another service would answer",
          got: each.path,
          allowed: `a path that begins with ${below}`,
        }),
      );
  }
  return gather(findings);
}

interface Route {
  readonly at: string;
  readonly host: string | undefined;
  readonly path: string | undefined;
}

function checkRoutes(
  { traffic }: Partly<SiteConfig>,
  services: Services,
  own: readonly { readonly name: string; readonly section: Own; readonly path: string }[],
): Findings {
  const { gateway, n8n, notifications } = services;
  const routes: Route[] = [
    { at: "services.odoo", host: traffic?.publicName, path: "/" },
    ...(n8n?.host === undefined ? [] : [{ at: "services.n8n.host", host: n8n.host, path: "/" }]),
    ...(notifications?.host === undefined
      ? []
      : [{ at: "services.notifications.host", host: notifications.host, path: "/" }]),
    ...own.flatMap(({ section: { route }, path }) =>
      route?.path === undefined
        ? []
        : [{ at: `${path}.route`, host: route.host ?? traffic?.publicName, path: route.path }],
    ),
    ...(gateway?.routes ?? []).map((route, index) => ({
      at: `services.gateway.routes[${index}]`,
      host: route?.host,
      path: route?.path,
    })),
  ];
  return gather([
    ...routes.map((route) => checkHost(route, traffic)),
    ...routes.flatMap(({ at, path }) =>
      path !== undefined && path === gateway?.healthPage
        ? [problem({ path: at, what: "is the gateway's health page", got: path })]
        : [],
    ),
    twice(routes),
    checkTargets(services, own),
  ]);
}

function checkHost({ at, host }: Route, traffic: Partly<SiteConfig>["traffic"]): Findings {
  if (host === undefined || at === "services.odoo") return gather([]);
  if (traffic?.zone !== undefined && !host.endsWith(`.${traffic.zone}`))
    return problem({
      path: at,
      what: "its host does not lie in the zone, and nothing would send anybody to it",
      got: host,
      allowed: `a name below ${traffic.zone}`,
    });
  if (host === traffic?.databaseName)
    return problem({ path: at, what: "its host is the database's name", got: host });
  return gather([]);
}

function twice(routes: readonly Route[]): Findings {
  const seen = new Map<string, string>();
  const findings: Findings[] = [];
  for (const { at, host, path } of routes) {
    if (host === undefined || path === undefined) continue;
    const other = seen.get(`${host}${path}`);
    if (other !== undefined)
      findings.push(problem({ path: at, what: `has the route of ${other} too`, got: `${host}${path}` }));
    seen.set(`${host}${path}`, at);
  }
  return gather(findings);
}

function checkTargets(
  services: Services,
  own: readonly { readonly name: string; readonly section: Own }[],
): Findings {
  const known = [
    "odoo",
    ...(services.n8n === undefined ? [] : ["n8n"]),
    ...(services.notifications === undefined ? [] : ["notifications"]),
    ...own.filter(({ section }) => section.port !== undefined).map(({ name }) => name),
  ];
  return gather(
    (services.gateway?.routes ?? []).flatMap((route, index) =>
      route?.service === undefined || known.includes(route.service)
        ? []
        : [
            problem({
              path: `services.gateway.routes[${index}].service`,
              what: "is no service with a port",
              got: route.service,
              allowed: known.join(", "),
            }),
          ],
    ),
  );
}
