/** Rows of pgbench_accounts for each unit of `pgbench --scale`, as its manual says. */
export const accountsPerScale = 100_000;
