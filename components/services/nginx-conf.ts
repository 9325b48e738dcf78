import type { GatewayPlan } from "../../plan/types.ts";

export interface GatewayFacts {
  readonly site: string;
  readonly epoch: number;
  readonly namespace: string;
}

/** One file for the image's conf.d. Who answered is in every response: site and epoch. */
export function renderNginxConf(plan: GatewayPlan, { site, epoch, namespace }: GatewayFacts): string {
  const who = [
    `add_header X-Holdfast-Site "${site}" always;`,
    `add_header X-Holdfast-Epoch "${epoch}" always;`,
  ];
  const tls = [
    "listen 8443 ssl;",
    "ssl_certificate /holdfast/tls/tls.crt;",
    "ssl_certificate_key /holdfast/tls/tls.key;",
    "ssl_protocols TLSv1.2 TLSv1.3;",
  ];
  const health = [
    "location = /healthz {",
    "  default_type application/json;",
    `  return 200 '${JSON.stringify({ site, epoch })}\\n';`,
    "}",
  ];
  const servers = plan.hosts.map(({ host, service, port }) => [
    "server {",
    ...indent([
      ...tls,
      `server_name ${host};`,
      ...who,
      ...health,
      "location / {",
      `  proxy_pass http://${service}.${namespace}.svc.cluster.local:${port};`,
      "  proxy_http_version 1.1;",
      "  proxy_set_header Host $host;",
      "  proxy_set_header X-Forwarded-Host $host;",
      "  proxy_set_header X-Forwarded-For $remote_addr;",
      "  proxy_set_header X-Forwarded-Proto https;",
      "  proxy_connect_timeout 3s;",
      "  proxy_read_timeout 300s;",
      "}",
    ]),
    "}",
  ]);
  return [
    ...who,
    "client_max_body_size 128m;",
    "server {",
    // A name that nobody declared is refused: a request for another site's host must not be served here.
    ...indent([
      ...tls.map((line) => line.replace("8443 ssl", "8443 ssl default_server")),
      "server_name _;",
      ...who,
      ...health,
      "location / {",
      "  return 421;",
      "}",
    ]),
    "}",
    ...servers.flat(),
    "",
  ].join("\n");
}

function indent(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`);
}
