import { drillWorkflow } from "../../contract/key-function.ts";
import { attempt } from "../attempt.ts";
import { contractOf, runInDatabase, sqlInDatabase, valueInDatabase } from "../in-pod.ts";
import { sampleQuery, sampleTable, type WorkflowFunction } from "../key-functions/workflow.ts";
import { accountsPerScale } from "../pgbench.ts";
import type { OdooSession } from "../ports/applications.ts";
import type { SiteLossOptions } from "../scenario/options.ts";
import { proof, type Step, type StepContext } from "../step.ts";
import { done, notYet } from "../until.ts";

/** Contacts as Odoo counts them. */
export const contactsFloor = "res_partner where active";

export const partnerPrefix = "holdfast-seed-";

/** Data worth losing: Odoo's own database with partners, and pgbench's tables of the size that a restore is judged by. */
export function seedStep(options: SiteLossOptions): Step {
  return {
    id: "seed",
    title: `Seed: Odoo's partners, and ${(options.minimumBytes / 1e9).toFixed(1)} GB of pgbench`,
    timeout: "seed",
    expectedMs: 60_000,
    evidence: [],
    async run(context) {
      if (!(await hasTables(context, options))) {
        context.progress("seed", `pgbench scale ${options.pgbenchScale}`);
        await runInDatabase(context, "primary", [
          "pgbench",
          "--initialize",
          "--quiet",
          `--scale=${options.pgbenchScale}`,
          options.database,
        ]);
      }
      await seedPartners(context, options);
      await seedWorkflows(context);
    },
    async verify(context) {
      const [bytes, accounts] = (
        await sqlInDatabase(
          context,
          "primary",
          options.database,
          "select pg_database_size(current_database()), (select count(*) from pgbench_accounts)",
        )
      ).at(0) ?? ["0", "0"];
      const partners = await countPartners(context, await signIn(context));
      const systemIdentifier = await valueInDatabase(
        context,
        "primary",
        options.database,
        "select system_identifier from pg_control_system()",
      );
      context.set("systemIdentifier", systemIdentifier);
      context.set("seeded", { databaseBytes: Number(bytes), accounts: Number(accounts), partners });
      return [
        proof("database is large enough", Number(bytes) >= options.minimumBytes, `${bytes} bytes`),
        proof(
          "pgbench is whole",
          Number(accounts) === options.pgbenchScale * accountsPerScale,
          `${accounts} accounts`,
        ),
        proof("partners are there", partners >= options.partners, `${partners} partners`),
      ];
    },
  };
}

/** A `pgbench -i` that was cut off leaves tables without rows or keys; then it starts over. */
async function hasTables(context: StepContext, options: SiteLossOptions): Promise<boolean> {
  const there = await valueInDatabase(
    context,
    "primary",
    options.database,
    "select to_regclass('pgbench_accounts_pkey') is not null",
  );
  if (there !== "t") return false;
  const count = await valueInDatabase(
    context,
    "primary",
    options.database,
    "select count(*) from pgbench_accounts",
  );
  return Number(count) === options.pgbenchScale * accountsPerScale;
}

async function seedPartners(context: StepContext, options: SiteLossOptions): Promise<void> {
  const session = await signIn(context);
  const have = await countPartners(context, session);
  const rows = Array.from({ length: Math.max(0, options.partners - have) }, (_, index) => ({
    name: `Seeded partner ${have + index + 1}`,
    ref: `${partnerPrefix}${have + index + 1}`,
  }));
  if (rows.length > 0)
    await attempt("create partners", session.execute("res.partner", "create", [rows], context.signal));
}

/**
 * For each webhook that will be asked after the loss: rows, and a published workflow that reads them. One that
 * answers already is left as it is. n8n is not critical: what cannot be made is missed later, and said there.
 */
export async function seedWorkflows(context: StepContext): Promise<void> {
  const functions = contractOf(context, "primary").services.flatMap(({ keyFunctions = [] }) =>
    keyFunctions.filter((each) => each.kind === "workflow"),
  );
  for (const each of functions) {
    try {
      await seedWorkflow(context, each);
    } catch (error) {
      context.signal.throwIfAborted();
      context.progress(
        "n8n",
        `no workflow at ${each.host}: ${error instanceof Error ? error.message : error}`,
      );
    }
  }
}

async function seedWorkflow(
  context: StepContext,
  { host, through, path, database, role }: WorkflowFunction,
): Promise<void> {
  await context.until(
    `${host} to answer with rows`,
    async (signal) => {
      const answer = await context.ports.web.request({ host, through, method: "GET", path }, signal);
      if (answer.status === 200) return done(true);
      await sqlInDatabase(context, "primary", database, sampleSql(role));
      const webhook = path.replace("/webhook/", "");
      await context.ports.workflows.publish(
        { host, through, name: drillWorkflow, webhook, query: sampleQuery },
        signal,
      );
      return notYet(`${answer.status}`);
    },
    { timeout: "keyFunctions", everyMs: 3000 },
  );
}

function sampleSql(role: string): string {
  return [
    `create table if not exists ${sampleTable} (id integer primary key, name text not null)`,
    `alter table ${sampleTable} owner to ${role}`,
    `insert into ${sampleTable} values (1, 'Ada'), (2, 'Grace'), (3, 'Edsger') on conflict do nothing`,
  ].join("; ");
}

/** Odoo needs a while after its first start: it loads its modules. */
function signIn(context: StepContext): Promise<OdooSession> {
  return context.until("Odoo to let us in", async (signal) => done(await context.ports.odoo.login(signal)), {
    timeout: "seed",
  });
}

export async function countPartners(context: StepContext, session: OdooSession): Promise<number> {
  const domain = [["ref", "like", `${partnerPrefix}%`]];
  const count = await attempt(
    "count partners",
    session.execute("res.partner", "search_count", [domain], context.signal),
  );
  return Number(count);
}
