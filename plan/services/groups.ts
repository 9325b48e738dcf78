import type { ServicePlan, WaitPlan } from "../types.ts";

type Starting = Pick<ServicePlan, "name" | "group" | "critical" | "port">;

/**
 * Whom a service waits for: those of the last group before its own. One that the
 * business needs waits only for others that it needs: what may be missing must
 * not keep away what may not. Who waits for a group waits for all before it, since
 * each of its services does.
 *
 * @param image with bash and coreutils
 */
export function waitsOf(service: Starting, all: readonly Starting[], image: string): WaitPlan | null {
  const before = all.filter(
    ({ group, critical, port }) => group < service.group && port !== null && (critical || !service.critical),
  );
  const last = Math.max(...before.map(({ group }) => group));
  const services = before.flatMap(({ name, group, port }) =>
    group === last && port !== null ? [{ name, port: port.service }] : [],
  );
  return services.length === 0 ? null : { image, services };
}
