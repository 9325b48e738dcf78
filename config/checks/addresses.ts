import type { Partly, SiteConfig } from "../schema.ts";
import { type Findings, gather, problem, warning } from "./findings.ts";

/** Addresses and names that would send users to the wrong site, or nowhere. */
export function checkAddresses(config: Partly<SiteConfig>): Findings {
  const { site, traffic } = config;
  const findings: Findings[] = [];
  const own = site?.name === undefined ? undefined : traffic?.sites?.[site.name];
  if (site?.address !== undefined && own !== undefined && site.address !== own) {
    findings.push(
      problem({
        path: "site.address",
        what: `is not the address that traffic.sites.${site.name} sends users to`,
        got: site.address,
        allowed: own,
      }),
    );
  }
  const { primary, dr } = traffic?.sites ?? {};
  if (primary !== undefined && primary === dr) {
    findings.push(
      problem({
        path: "traffic.sites.dr",
        what: "both sites have the same address: no weight could move anything",
        got: dr,
      }),
    );
  }
  const { zone } = traffic ?? {};
  for (const key of ["publicName", "databaseName"] as const) {
    const name = traffic?.[key];
    if (zone === undefined || name === undefined || name.endsWith(`.${zone}`)) continue;
    findings.push(
      problem({
        path: `traffic.${key}`,
        what: "does not lie in the zone",
        got: name,
        allowed: `a name below ${zone}`,
      }),
    );
  }
  if (traffic?.publicName !== undefined && traffic.publicName === traffic.databaseName) {
    findings.push(
      problem({
        path: "traffic.databaseName",
        what: "is the public name; each needs records of its own",
        got: traffic.databaseName,
      }),
    );
  }
  const ports = { "store.nodePort": config.store?.nodePort, "database.nodePort": config.database?.nodePort };
  const taken = new Map<number, string>();
  for (const [path, port] of Object.entries({
    ...ports,
    "services.gateway.nodePort": config.services?.gateway?.nodePort,
    "monitoring.metrics.nodePort": config.monitoring?.metrics?.nodePort,
    "monitoring.postgres.nodePort": config.monitoring?.postgres?.nodePort,
  })) {
    if (port === undefined) continue;
    const other = taken.get(port);
    if (other !== undefined)
      findings.push(problem({ path, what: `is the node port of ${other} too`, got: String(port) }));
    taken.set(port, path);
  }
  findings.push(sharedBuckets(config.offsite));
  if (traffic?.nameservers?.length === 1) {
    findings.push(
      warning({
        path: "traffic.nameservers",
        what: "one name server: while it is away nobody can be sent to the other site",
      }),
    );
  }
  return gather(findings);
}

/** Each bucket has settings, and an identity that may write it, of its own. */
function sharedBuckets(offsite: Partly<SiteConfig>["offsite"]): Findings {
  const taken = new Map<string, string>();
  const findings: Findings[] = [];
  for (const key of ["bucket", "controlBucket", "recordsBucket", "documentsBucket"] as const) {
    const name = offsite?.[key];
    if (name === undefined) continue;
    const other = taken.get(name);
    if (other !== undefined) {
      const what =
        key === "controlBucket"
          ? "is the repository's bucket, whose lock would keep an old lease alive"
          : `is the bucket of offsite.${other} too`;
      findings.push(problem({ path: `offsite.${key}`, what, got: name }));
    }
    taken.set(name, key);
  }
  return gather(findings);
}
