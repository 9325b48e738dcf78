import type { DatabasePlan } from "../../plan/types.ts";

/**
 * Statements that make the cluster's roles and databases what the plan says,
 * whatever a restore brought: run as superuser at every start of the pod.
 *
 * @param verifiers SCRAM verifiers by role; never a password
 */
export function renderRolesSql(
  plan: Pick<DatabasePlan, "roles" | "databases">,
  verifiers: Readonly<Record<string, string>>,
): string {
  const statements = [
    "-- Verifiers in the server's log would be as good as in pg_authid.",
    "set log_statement = none;",
    "set log_min_error_statement = panic;",
  ];
  for (const role of plan.roles) {
    const name = identifier(role.name);
    const verifier = verifiers[role.name];
    if (verifier === undefined) throw new Error(`no verifier for role ${role.name}`);
    statements.push(
      `select 'create role ${name}' where not exists (select from pg_roles where rolname = ${literal(role.name)}) \\gexec`,
      `alter role ${name} with ${attributesOf(role.attributes)} password ${literal(verifier)};`,
      ...(role.memberOf ?? []).map((group) => `grant ${identifier(group)} to ${name};`),
    );
  }
  for (const database of plan.databases) {
    const name = identifier(database.name);
    const owner = identifier(database.owner);
    statements.push(
      `select 'create database ${name} owner ${owner}' where not exists (select from pg_database where datname = ${literal(database.name)}) \\gexec`,
      `alter database ${name} owner to ${owner};`,
    );
  }
  return `${statements.join("\n")}\n`;
}

const attributeNames = ["LOGIN", "CREATEDB", "SUPERUSER", "REPLICATION", "BYPASSRLS"] as const;

/** Each one said, yes or no: a restored role keeps nothing that the plan does not give it. */
function attributesOf(given: readonly string[]): string {
  return attributeNames.map((name) => (given.includes(name) ? name : `NO${name}`)).join(" ");
}

/** Names come from the plan and are plain; anything else is a bug there. */
function identifier(name: string): string {
  if (!/^[a-z_][a-z0-9_]*$/.test(name)) throw new Error(`not a plain SQL name: ${JSON.stringify(name)}`);
  return `"${name}"`;
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
