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
  })) {
    if (port === undefined) continue;
    const other = taken.get(port);
    if (other !== undefined)
      findings.push(problem({ path, what: `is the node port of ${other} too`, got: String(port) }));
    taken.set(port, path);
  }
  const buckets = [config.offsite?.bucket, config.offsite?.controlBucket];
  if (buckets[0] !== undefined && buckets[0] === buckets[1]) {
    findings.push(
      problem({
        path: "offsite.controlBucket",
        what: "is the repository's bucket, whose lock would keep an old lease alive",
        got: buckets[1] ?? "",
      }),
    );
  }
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
