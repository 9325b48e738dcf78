/** Rows of pgbench_accounts for each unit of `pgbench --scale`, as its manual says. */
export const accountsPerScale = 100_000;

/** Of its tables and their keys for each unit of scale, as PostgreSQL 18 stores them. */
const bytesPerScale = 15_100_000;

/** What is seeded so that a database has at least so many bytes: two per cent more, since a fill factor is no exact number. */
export function seedOf(bytes: number): { readonly pgbenchScale: number; readonly minimumBytes: number } {
  return { pgbenchScale: Math.ceil((bytes * 1.02) / bytesPerScale), minimumBytes: bytes };
}
