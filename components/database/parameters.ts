import type { Role } from "../../contract/stack.ts";
import { paths } from "./paths.ts";

/**
 * `postgres` arguments. On the command line, because what is in the data
 * directory comes from another site's backup.
 */
export function parameterArguments(parameters: Readonly<Record<string, string>>, role: Role): string[] {
  const all = { ...parameters, ...placeParameters(role) };
  return Object.entries(all).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
}

/**
 * For a copy beside production: other parameters of production's may be needed to start at all (preloaded libraries),
 * but it has no TLS of its own, archives nothing and listens where its script says.
 */
export function copyArguments(parameters: Readonly<Record<string, string>>): string[] {
  const kept = Object.entries(parameters).filter(
    ([name]) => !/^(ssl|archive_|listen_|hba_|port$)/.test(name),
  );
  return parameterArguments(Object.fromEntries(kept), "rehearsal");
}

/** Where things are in the pod, and what a role changes. */
function placeParameters(role: Role): Readonly<Record<string, string>> {
  const isDraining = role === "draining";
  return {
    unix_socket_directories: paths.socket,
    hba_file: `${paths.bin}/${isDraining ? "pg_hba_draining.conf" : "pg_hba.conf"}`,
    ident_file: `${paths.bin}/pg_ident.conf`,
    logging_collector: "off",
    ...(isDraining ? { default_transaction_read_only: "on" } : {}),
    // A copy for trying out archives nothing anywhere, whatever its gate says.
    ...(role === "rehearsal" ? { archive_mode: "off" } : {}),
  };
}
