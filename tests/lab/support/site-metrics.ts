import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type SiteName, siteNames, siteNetworks } from "../../../lab/net/addresses.ts";
import { monitoredPorts } from "../../../lab/net/rules.ts";
import { parseMetrics, type Samples } from "./metrics.ts";
import { type Kubectl, kubectlFor } from "./namespace.ts";
import { layout, runAt } from "./places.ts";

const [holdfastPort = 0, postgresPort = 0, documentsPort = 0] = monitoredPorts;
export const exporterPorts = {
  holdfast: holdfastPort,
  postgres: postgresPort,
  documents: documentsPort,
} as const;
export type Exporter = keyof typeof exporterPorts;

export const urlOf = (site: SiteName, exporter: Exporter): string =>
  `https://${siteNetworks[site].node}:${exporterPorts[exporter]}/metrics`;

/** What curl shows and trusts as the third place's Prometheus would. */
export const thirdCertificate: readonly string[] = [
  ...["--cacert", layout.caCertificate],
  ...["--cert", join(layout.secrets, "third/tls.crt")],
  ...["--key", join(layout.secrets, "third/tls.key")],
];

/** One scrape from the third place, every line read strictly. */
export async function scrape(site: SiteName, exporter: Exporter): Promise<Samples> {
  const curl = ["curl", "-sS", "--fail", "--max-time", "30", ...thirdCertificate, urlOf(site, exporter)];
  return parseMetrics(`${await runAt("third", curl)}\n`);
}

/** The site that serves, and kubectl for its namespace. Asked anew for a while: a pod may be being replaced. */
export async function activeSite(): Promise<{ readonly site: SiteName; readonly kubectl: Kubectl }> {
  const deadline = performance.now() + 60_000;
  do {
    for (const site of siteNames) {
      const kubectl = kubectlFor(site, "holdfast");
      const found = await kubectl(["get", "pod", "database-0", "--ignore-not-found", "-o", "name"]).catch(
        () => "",
      );
      if (found !== "") return { site, kubectl };
    }
    await sleep(2_000);
  } while (performance.now() < deadline);
  throw new Error("no site is active: run a drill, or bring the primary stack up, first");
}

/** SQL as the superuser, inside the pod. */
export const sqlAt = (kubectl: Kubectl, text: string): Promise<string> =>
  kubectl([
    ...["exec", "database-0", "-c", "postgres", "--", "psql", "--no-psqlrc", "--quiet", "--no-align"],
    ...["--tuples-only", "--set=ON_ERROR_STOP=1", "--dbname=postgres", `--command=${text}`],
  ]);

/** A commit, and the segment that holds it ended; the segment's name. */
export async function endSegment(kubectl: Kubectl): Promise<string> {
  await sqlAt(kubectl, "select pg_logical_emit_message(true, 'test', 'test')");
  return sqlAt(kubectl, "select pg_walfile_name(pg_switch_wal())");
}

/** The sets that a repository lists, oldest first. */
export async function setsOf(
  kubectl: Kubectl,
  repository: "offsite" | "site",
): Promise<readonly BackupSet[]> {
  const config = `--config=/etc/holdfast/pgbackrest/archive-${repository}.conf`;
  const text = await kubectl([
    ...["exec", "database-0", "-c", "steward", "--", "pgbackrest", config, "--stanza=main"],
    ...["--log-level-console=off", "info", "--output=json"],
  ]);
  const [stanza] = JSON.parse(text) as [{ readonly backup: readonly BackupSet[] }];
  return stanza.backup;
}

export interface BackupSet {
  readonly label: string;
  readonly type: string;
  readonly timestamp: { readonly start: number; readonly stop: number };
  readonly archive: { readonly start: string; readonly stop: string };
  readonly annotation?: Readonly<Record<string, string>>;
  readonly info: { readonly repository: { readonly delta: number } };
}

/** Scrapes until `done`; what was last seen where it never is. */
export async function untilMetrics(
  what: string,
  site: SiteName,
  withinMs: number,
  done: (samples: Samples) => boolean,
  meanwhile: () => Promise<unknown> = async () => undefined,
): Promise<Samples> {
  const deadline = performance.now() + withinMs;
  let last: Samples | string = "nothing";
  while (performance.now() < deadline) {
    try {
      last = await scrape(site, "holdfast");
      if (done(last)) return last;
    } catch (error) {
      last = String(error); // the pod is being replaced
    }
    await meanwhile();
    await sleep(3_000);
  }
  const seen = typeof last === "string" ? last : JSON.stringify(Object.fromEntries(last));
  throw new Error(`${what}: not within ${withinMs} ms; last seen: ${seen}`);
}
