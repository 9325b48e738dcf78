import { UserError } from "../../../errors/user-error.ts";
import type { FactValue } from "../../facts.ts";
import { sqlInDatabase, valueInDatabase } from "../../in-pod.ts";
import type { SiteLossOptions } from "../../scenario/options.ts";
import { proof, type Step, type StepContext } from "../../step.ts";
import { contactsFloor, countPartners, seedWorkflows } from "../seed.ts";

/** Production as it is found: nothing is brought up, handed back or seeded for a rehearsal. */
export function productionStep(): Step {
  return {
    id: "production",
    title: "Production as it is: primary active, dr standing by",
    timeout: "preflight",
    expectedMs: 3_000,
    evidence: [],
    async run(context) {
      const { ports, signal } = context;
      const { epoch, holder } = context.need("situation");
      if (holder !== "primary" || epoch === null)
        throw new UserError("PREFLIGHT_REFUSED", {
          what: "a rehearsal runs at dr while primary serves",
          got: holder === null ? "no site was ever active" : `${holder} holds epoch ${epoch}`,
          allowed: "primary holds the epoch",
          hint: "deploy the stacks, or hand the business back first",
        });
      const [primary, dr] = await Promise.all([
        ports.pulumi.outputs("primary", signal),
        ports.pulumi.outputs("dr", signal),
      ]);
      if (primary === null || dr === null)
        throw new UserError("PREFLIGHT_REFUSED", {
          what: `stack ${primary === null ? "primary" : "dr"} gives no contract`,
          hint: "deploy it first: pulumi up",
        });
      context.set("primaryContract", primary);
      context.set("drContract", dr);
      context.set("epochBefore", epoch);
    },
    async verify(context) {
      const { role, epoch } = context.need("primaryContract");
      return [
        proof("primary is active", role === "active", `role ${role}`),
        proof("stack and epoch agree", epoch === context.need("epochBefore"), `${epoch}`),
      ];
    },
  };
}

/** Tables that are counted, where they are there; rows of the business may be added until T0, not fewer recovered. */
const counted = [
  { database: "odooDatabase", table: contactsFloor },
  { database: "odooDatabase", table: "ir_attachment" },
  { database: "database", table: "holdfast.heartbeat" },
  { database: "database", table: "pgbench_accounts" },
] as const;

/**
 * Instead of seeding: what there is to lose, counted before T0. One thing is added to production where it is not
 * there yet: n8n's workflow for drills, because no workflow of the business's own may be run to prove something.
 */
export function surveyStep(options: SiteLossOptions): Step {
  return {
    id: "survey",
    title: "Survey: rows of production, counted before T0",
    timeout: "integrity",
    expectedMs: 5_000,
    evidence: [],
    async run(context) {
      const floors: FactValue<"floors"> = [];
      for (const { database, table } of counted) {
        const name = options[database];
        const there = await valueInDatabase(
          context,
          "primary",
          name,
          `select to_regclass('${table.split(" ")[0]}') is not null`,
        );
        if (there !== "t") continue;
        const [row] = await sqlInDatabase(context, "primary", name, `select count(*) from ${table}`);
        floors.push({ database: name, table, rows: Number(row?.[0]), exact: false });
      }
      context.set("floors", floors);
      const bytes = await valueInDatabase(
        context,
        "primary",
        options.database,
        "select sum(pg_database_size(datname)) from pg_database",
      );
      const partners = await countPartners(context, await context.ports.odoo.login(context.signal));
      const accounts = floors.find(({ table }) => table === "pgbench_accounts")?.rows ?? 0;
      context.set("seeded", { databaseBytes: Number(bytes), accounts, partners });
      context.set("systemIdentifier", await systemIdentifier(context, options));
      await seedWorkflows(context);
    },
    async verify(context) {
      const floors = context.need("floors");
      return [
        proof(
          "there are rows to lose",
          floors.some(({ rows }) => rows > 0),
          floors.map(({ table, rows }) => `${rows} in ${table}`).join(", "),
        ),
      ];
    },
  };
}

function systemIdentifier(context: StepContext, options: SiteLossOptions): Promise<string> {
  return valueInDatabase(
    context,
    "primary",
    options.database,
    "select system_identifier from pg_control_system()",
  );
}
