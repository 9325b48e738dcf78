import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { stringify } from "yaml";
import type { LabLayout } from "../layout.ts";
import { ports, type SiteName, siteNames, siteNetworks, thirdAddresses } from "../net/addresses.ts";
import { ask } from "../net/http.ts";
import { monitoredPorts } from "../net/rules.ts";
import { execLine } from "../site/kubernetes.ts";

/** Rules as the stack files ask for them, by site; made by the command line, which knows plans. */
export type SiteRules = Readonly<Record<SiteName, string>>;

/** An alert on the archive counts on a look in so many seconds. */
const interval = "5s";

const disk = "/var/lib/prometheus";

/** Jobs and labels are those that the rules read (docs/alerts.md). */
export function renderPrometheus(): string {
  const [holdfast, postgres, documents] = monitoredPorts;
  const job = (name: string, port: number | undefined) => ({
    job_name: name,
    scheme: "https",
    tls_config: {
      ca_file: "/etc/holdfast/ca.crt",
      cert_file: "/etc/holdfast/secrets/tls.crt",
      key_file: "/etc/holdfast/secrets/tls.key",
    },
    static_configs: siteNames.map((site) => ({
      targets: [`${siteNetworks[site].node}:${port}`],
      labels: { site },
    })),
  });
  return stringify({
    global: { scrape_interval: interval, scrape_timeout: "4s", evaluation_interval: interval },
    rule_files: [`${disk}/rules/*.yml`],
    scrape_configs: [job("holdfast", holdfast), job("postgres", postgres), job("documents", documents)],
  });
}

export function prometheusPart(): string {
  return execLine("prometheus", {
    "config.file": "/etc/holdfast/prometheus.yml",
    "storage.tsdb.path": `${disk}/data`,
    "storage.tsdb.retention.time": "7d",
    "web.listen-address": `${thirdAddresses.prometheus}:${ports.prometheus}`,
    // So that changed rules are read at once; the packet filter lets only the operator ask.
    "web.enable-lifecycle": true,
    "log.level": "warn",
  }).replace("--web.enable-lifecycle=true", "--web.enable-lifecycle");
}

export const prometheusEndpoint = `http://${thirdAddresses.prometheus}:${ports.prometheus}`;

/** Puts the rules in place of the former ones and has them read; one that Prometheus refuses is an error here. */
export async function installRules(layout: LabLayout, rules: SiteRules): Promise<void> {
  const folder = join(layout.place("third").disk, "prometheus", "rules");
  await mkdir(folder, { recursive: true });
  for (const site of siteNames) {
    const file = join(folder, `${site}.yml`);
    await writeFile(`${file}.new`, rules[site]);
    await rename(`${file}.new`, file);
  }
  const { status, body } = await ask(`${prometheusEndpoint}/-/reload`, {
    method: "POST",
    timeoutMs: 10_000,
  });
  if (status !== 200) throw new Error(`Prometheus refuses the rules: ${body.trim()}`);
}
