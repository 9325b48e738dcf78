import type { NeutralisePlan } from "../../plan/types.ts";

/** As scripts/neutralise.sh reads them: the list, and the SQL of those that bring their own. */
export function neutraliseFiles(plans: readonly NeutralisePlan[]): Readonly<Record<string, string>> {
  const files: Record<string, string> = {
    "neutralise.tsv": plans
      .map(({ name, database, keep }) => `${[name, database, keep.join(",")].join("\t")}\n`)
      .join(""),
  };
  for (const { name, sql, verify } of plans) {
    if (sql !== null) files[`neutralise-${name}.sql`] = sql;
    if (verify !== null) files[`neutralise-${name}.verify.sql`] = verify;
  }
  return files;
}
