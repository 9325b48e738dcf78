import { UserError } from "../../errors/user-error.ts";
import type { PortError } from "../ports/port-error.ts";

/**
 * A lost connection as something that the user can mend, for the moments before
 * anything was changed; later it is a step that failed. Null for a port that only a
 * running drill has.
 */
export function explainUnreachable(error: PortError): UserError | null {
  const details = { what: error.message, cause: error };
  if (error.port.startsWith("kube ")) return new UserError("CLUSTER_UNREACHABLE", details);
  if (error.port.startsWith("name server")) return new UserError("NAMESERVER_UNREACHABLE", details);
  if (["offsite store", "epoch", "repository", "state"].includes(error.port))
    return new UserError("STORE_UNREACHABLE", details);
  return null;
}
