import type { Partly, SiteConfig } from "../schema.ts";
import { type Findings, gather, problem } from "./findings.ts";

/** What a rehearsal is reached by must not be what people reach the business by. */
export function checkCanary({ site, traffic, database, services, store }: Partly<SiteConfig>): Findings {
  const canary = traffic?.canary;
  const findings: Findings[] = [];
  if (site?.role === "rehearsal" && canary === undefined) {
    findings.push(
      problem({
        path: "traffic.canary",
        what: "is missing: a rehearsal is reached by a name and ports of its own",
        hint: "give it a name below the zone, and gatewayPort and databasePort that no stack of the cluster uses",
      }),
    );
  }
  if (canary === undefined) return gather(findings);
  const { name, gatewayPort, databasePort } = canary;
  const zone = traffic?.zone;
  for (const key of ["publicName", "databaseName"] as const) {
    if (name === undefined || name !== traffic?.[key]) continue;
    findings.push(
      problem({
        path: "traffic.canary.name",
        what: `is traffic.${key}: a rehearsal would take a name that the business is reached by`,
        got: name,
      }),
    );
  }
  if (zone !== undefined && name !== undefined && !name.endsWith(`.${zone}`)) {
    findings.push(
      problem({
        path: "traffic.canary.name",
        what: "does not lie in the zone",
        got: name,
        allowed: `a name below ${zone}`,
      }),
    );
  }
  const taken = new Map<number | undefined, string>([
    [database?.nodePort, "database.nodePort"],
    [services?.gateway?.nodePort, "services.gateway.nodePort"],
    [store?.nodePort, "store.nodePort"],
  ]);
  for (const [key, port] of [
    ["gatewayPort", gatewayPort],
    ["databasePort", databasePort],
  ] as const) {
    if (port === undefined) continue;
    const other = taken.get(port);
    if (other !== undefined)
      findings.push(
        problem({
          path: `traffic.canary.${key}`,
          what: `is ${other} too, which dr's own stack has on the same node`,
          got: String(port),
        }),
      );
    taken.set(port, `traffic.canary.${key}`);
  }
  return gather(findings);
}
