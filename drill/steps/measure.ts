import { execInDatabase, sqlInDatabase } from "../in-pod.ts";
import { PortError } from "../ports.ts";
import type { SiteLossOptions } from "../scenario/options.ts";
import { proof, type Step, type StepContext } from "../step.ts";
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
      const rows = await sqlInDatabase(
        context,
        "dr",
        options.database,
        "select count(*) from pgbench_branches",
      );
      return [
        proof(
          "the database can be read",
          Number(rows[0]?.[0]) === options.pgbenchScale,
          `${rows[0]?.[0]} branches`,
        ),
      ];
    },
  };
}

async function checkRowFloors(context: StepContext, options: SiteLossOptions): Promise<string> {
  const { accounts } = context.need("seeded");
  const [row] = await sqlInDatabase(context, "dr", options.database, "select count(*) from pgbench_accounts");
  const found = Number(row?.[0]);
  const detail = `${found} of ${accounts} accounts`;
  context.check("integrity", "row-floors", found === accounts ? "met" : "missed", detail);
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
