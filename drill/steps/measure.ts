import type { FactValue } from "../facts.ts";
import { execInDatabase, sqlInDatabase } from "../in-pod.ts";
import { StepFailed } from "../outcome.ts";
import { PortError } from "../ports/port-error.ts";
import type { SiteLossOptions } from "../scenario/options.ts";
import { proof, type Step, type StepContext } from "../step.ts";
import { noteArchived } from "./archived.ts";
import { measureDocuments } from "./documents.ts";

/** Which of the acknowledged rows of the lost epoch are there; the judge compares them with the ledger. */
export function measureStep(options: SiteLossOptions): Step {
  return {
    id: "measure",
    title: "Measure: which acknowledged rows and documents of the lost epoch are present",
    timeout: "measure",
    expectedMs: 1_000,
    evidence: ["present.json", "documents.json"],
    async run(context) {
      const present = await context.ports.prober.present("dr", context.need("epochBefore"), context.signal);
      context.evidence("present.json", `${JSON.stringify(present)}\n`);
      context.progress(
        "present",
        present.map(({ writer, ranges }) => `${writer} ${count(ranges)}`).join(", "),
      );
      await noteArchived(context);
      const documents = await measureDocuments(context, options);
      context.evidence("documents.json", `${JSON.stringify(documents)}\n`);
      context.progress(
        "documents",
        `${documents.stored.length} of this run, ${documents.rows} named by rows`,
      );
    },
    async verify(context) {
      const { ports, signal } = context;
      const again = await ports.prober.present("dr", context.need("epochBefore"), signal);
      // The lost epoch is over: rows of it that still come would be a second writer.
      return [proof("the lost epoch takes no more rows", again.length > 0, `${again.length} writers`)];
    },
  };
}

const count = (ranges: readonly (readonly [number, number])[]): number =>
  ranges.reduce((sum, [from, to]) => sum + to - from + 1, 0);

/** The data's own soundness, beyond "the server started". */
export function integrityStep(options: SiteLossOptions): Step {
  return {
    id: "integrity",
    title: "Integrity: row floors, checksums, indexes",
    timeout: "integrity",
    expectedMs: 30_000,
    evidence: ["integrity.json"],
    async run(context) {
      const rows = await checkRowFloors(context, options);
      const indexes = await checkIndexes(context, options);
      // After everything was read once: a page with a wrong checksum shows only then.
      const checksums = await checkChecksums(context, options);
      context.evidence("integrity.json", `${JSON.stringify({ rows, indexes, checksums }, null, 2)}\n`);
    },
    async verify(context) {
      const [floor] = floorsOf(context, options);
      if (floor === undefined) throw new StepFailed("no table's rows were counted before the loss");
      const rows = await countRows(context, floor);
      return [proof("the database can be read", rows >= floor.rows, `${rows} rows in ${floor.table}`)];
    },
  };
}

type Floor = FactValue<"floors">[number];

/** What was counted at the primary; the seeded tables where this run made them itself. */
function floorsOf(context: StepContext, options: SiteLossOptions): readonly Floor[] {
  const own = { database: options.database, exact: true };
  return (
    context.peek("floors") ?? [
      { ...own, table: "pgbench_branches", rows: options.pgbenchScale },
      { ...own, table: "pgbench_accounts", rows: context.need("seeded").accounts },
    ]
  );
}

async function countRows(context: StepContext, { database, table }: Floor): Promise<number> {
  const [row] = await sqlInDatabase(context, "dr", database, `select count(*) from ${table}`);
  return Number(row?.[0]);
}

async function checkRowFloors(context: StepContext, options: SiteLossOptions): Promise<string> {
  const words: string[] = [];
  let met = true;
  for (const floor of floorsOf(context, options)) {
    const found = await countRows(context, floor);
    met &&= floor.exact ? found === floor.rows : found >= floor.rows;
    words.push(`${found} of ${floor.exact ? "" : "at least "}${floor.rows} in ${floor.table}`);
  }
  const detail = words.join(", ");
  context.check("integrity", "row-floors", met && words.length > 0 ? "met" : "missed", detail);
  return detail;
}

/** Another C library or ICU would order keys differently, and indexes would silently miss rows. */
async function checkIndexes(context: StepContext, options: SiteLossOptions): Promise<string> {
  const result = await execInDatabase(context, "dr", [
    "pg_amcheck",
    "--install-missing",
    "--jobs=2",
    `--database=${options.database}`,
    `--database=${options.odooDatabase}`,
  ]);
  const words = `${result.stdout}${result.stderr}`.trim().split("\n").slice(0, 3).join(" / ");
  const detail =
    result.exitCode === 0 ? "pg_amcheck found nothing" : `pg_amcheck ended with ${result.exitCode}: ${words}`;
  context.check("integrity", "indexes", result.exitCode === 0 ? "met" : "missed", detail);
  return detail;
}

async function checkChecksums(context: StepContext, options: SiteLossOptions): Promise<string> {
  const [row] = await sqlInDatabase(
    context,
    "dr",
    options.database,
    "select current_setting('data_checksums'), coalesce(sum(checksum_failures), 0) from pg_stat_database",
  );
  if (row === undefined) throw new PortError("pg_stat_database", "no row");
  const [enabled = "", failures = ""] = row;
  const detail = `checksums ${enabled}, ${failures} failures`;
  context.check(
    "integrity",
    "data-checksums",
    enabled === "on" && failures === "0" ? "met" : "missed",
    detail,
  );
  return detail;
}
