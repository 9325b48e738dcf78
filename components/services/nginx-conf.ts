import type { GatewayPlan, HostPlan } from "../../plan/types.ts";

export interface GatewayFacts {
  readonly site: string;
  readonly epoch: number;
  readonly namespace: string;
}

/** One file for the image's conf.d. Who answered is in every response: site and epoch. */
export function renderNginxConf(plan: GatewayPlan, facts: GatewayFacts): string {
  const common = commonOf(plan, facts);
  return [
    ...common.who,
    "client_max_body_size 128m;",
    ...(plan.requestLog ? logFormat : []),
    "map $http_upgrade $holdfast_connection { default upgrade; '' close; }",
    "server {",
    // A name that nobody declared is refused: a request for another site's host must not be served here.
    ...indent([
      ...common.server.map((line) => line.replace(" ssl;", " ssl default_server;")),
      "server_name _;",
      ...common.who,
      ...common.health,
      "location / {",
      "  return 421;",
      "}",
    ]),
    "}",
    ...plan.hosts.flatMap((host) => [
      "server {",
      ...indent([
        ...common.server,
        `server_name ${host.host};`,
        ...common.who,
        ...common.health,
        ...locationsOf(host, facts),
      ]),
      "}",
    ]),
    "",
  ].join("\n");
}

function commonOf(
  plan: GatewayPlan,
  { site, epoch }: GatewayFacts,
): { readonly who: string[]; readonly server: string[]; readonly health: string[] } {
  return {
    who: [`add_header X-Holdfast-Site "${site}" always;`, `add_header X-Holdfast-Epoch "${epoch}" always;`],
    server: [
      ...(plan.requestLog ? [logRequests] : []),
      `listen ${plan.port.container} ssl;`,
      "ssl_certificate /holdfast/tls/tls.crt;",
      "ssl_certificate_key /holdfast/tls/tls.key;",
      "ssl_protocols TLSv1.2 TLSv1.3;",
    ],
    health: [
      `location = ${plan.healthPage} {`,
      "  access_log off;",
      "  default_type application/json;",
      `  return 200 '${JSON.stringify({ site, epoch })}\\n';`,
      "}",
    ],
  };
}

/** Never the query or a header: tokens travel in both. */
const logFormat = [
  'log_format holdfast escape=json \'{"level":30,"time":"$time_iso8601","event":"request","host":"$host",\'',
  '  \'"method":"$request_method","path":"$uri","status":$status,"bytes":$body_bytes_sent,\'',
  '  \'"seconds":$request_time,"upstream":"$upstream_addr","client":"$remote_addr"}\';',
];

/** In every server: the image says "off" around them, which would undo it there. */
const logRequests = "access_log /dev/stdout holdfast;";

function locationsOf({ locations, host }: HostPlan, { namespace }: GatewayFacts): string[] {
  const everywhere = locations.some(({ path }) => path === "/");
  return [
    ...locations.flatMap(({ path, service, port, streams }) => [
      `location ${path} {`,
      `  proxy_pass http://${service}.${namespace}.svc.cluster.local:${port};`,
      ...proxySettings.map((line) => `  ${line}`),
      // A subscriber waits for lines and not for the end; anybody else would hold a worker for as long as a slow client reads.
      ...(streams ? ["  proxy_buffering off;"] : []),
      "}",
    ]),
    ...(everywhere ? [] : [`# Nothing else is known at ${host}.`, "location / {", "  return 404;", "}"]),
  ];
}

const proxySettings = [
  "proxy_http_version 1.1;",
  "proxy_set_header Host $host;",
  "proxy_set_header X-Forwarded-Host $host;",
  "proxy_set_header X-Forwarded-For $remote_addr;",
  "proxy_set_header X-Forwarded-Proto https;",
  "proxy_set_header Upgrade $http_upgrade;",
  "proxy_set_header Connection $holdfast_connection;",
  "proxy_connect_timeout 3s;",
  "proxy_read_timeout 300s;",
];

function indent(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`);
}
