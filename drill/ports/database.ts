import type { Site } from "../../contract/stack.ts";

/** A site's PostgreSQL, from outside. Rules for every implementation: ../ports.ts. */

export type SqlRow = Readonly<Record<string, string | number | boolean | null>>;

export interface PgPort {
  /**
   * One statement at the site's own address (node port 5432, TLS verified), as the
   * prober's role, on a fresh connection with a connect timeout of 3 s.
   */
  query(
    site: Site,
    sql: string,
    params: readonly (string | number)[],
    signal: AbortSignal,
  ): Promise<readonly SqlRow[]>;
  /** Is anything accepting TCP connections on the site's port (database 5432, gateway 443)? Never rejects; timeout 2 s. */
  knock(
    site: Site,
    service: "database" | "gateway",
    signal: AbortSignal,
  ): Promise<{ readonly open: boolean; readonly detail: string }>;
}
