import type { Site, StackContract } from "../contract/stack.ts";
import { StepFailed } from "./outcome.ts";
import type { ExecResult, ExecTarget } from "./ports/cluster.ts";
import { PortError } from "./ports/port-error.ts";
import type { StepContext } from "./step.ts";

/** Commands and superuser's SQL in a site's database pod, over its own socket. */

export function contractOf(context: StepContext, site: Site): StackContract {
  return context.need(site === "primary" ? "primaryContract" : "drContract");
}

export function databaseTarget(contract: StackContract): ExecTarget {
  const { database, namespace } = contract;
  if (database === null || namespace === null)
    throw new StepFailed(`stack ${contract.stack} declares no database`);
  return { namespace, pod: database.pod, container: database.container };
}

export async function execInDatabase(
  context: StepContext,
  site: Site,
  command: readonly string[],
): Promise<ExecResult> {
  const target = databaseTarget(contractOf(context, site));
  return context.ports.kube(site).exec(target, command, { signal: context.signal });
}

/** A command that must succeed; its error output becomes the reason. */
export async function runInDatabase(
  context: StepContext,
  site: Site,
  command: readonly string[],
): Promise<string> {
  const result = await execInDatabase(context, site, command);
  if (result.exitCode !== 0)
    throw new StepFailed(`${command[0]} at ${site} ended with ${result.exitCode}: ${lastLines(result)}`);
  return result.stdout;
}

/**
 * One statement; each row's values. A failure is a `PortError`, so that a wait goes
 * on: right after a promotion "not ready" and "no such table yet" look the same.
 */
export async function sqlInDatabase(
  context: StepContext,
  site: Site,
  database: string,
  sql: string,
): Promise<readonly (readonly string[])[]> {
  const result = await execInDatabase(context, site, [
    "psql",
    "--no-psqlrc",
    "--quiet",
    "--no-align",
    "--tuples-only",
    "--field-separator=\u001f",
    "--set=ON_ERROR_STOP=1",
    `--dbname=${database}`,
    `--command=${sql}`,
  ]);
  if (result.exitCode !== 0) throw new PortError(`psql at ${site}`, lastLines(result));
  return result.stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => line.split("\u001f"));
}

/** The first value of the first row. */
export async function valueInDatabase(
  context: StepContext,
  site: Site,
  database: string,
  sql: string,
): Promise<string> {
  const rows = await sqlInDatabase(context, site, database, sql);
  const value = rows[0]?.[0];
  if (value === undefined) throw new PortError(`psql at ${site}`, `no row for: ${sql}`);
  return value;
}

function lastLines({ stderr, stdout }: ExecResult): string {
  const text = stderr.trim() === "" ? stdout.trim() : stderr.trim();
  return text.split("\n").slice(-3).join(" / ");
}
