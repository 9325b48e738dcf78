import { dirname } from "node:path";
import type { Command } from "commander";
import { addTargetFlags } from "../recover/flags.ts";
import {
  type ExtractFlags,
  parseExtractFlags,
  parseRestoreFlags,
  type RestoreFlags,
} from "../side/arguments.ts";

const repositoryRoot = dirname(dirname(import.meta.dirname));

/** Copies beside production: `holdfast restore` keeps one, `holdfast extract` takes a table out of one. */
export function registerRestore(program: Command): void {
  addTargetFlags(
    program
      .command("restore")
      .description(
        "a copy of the database in a namespace of its own: reader's keys, archiving off, production untouched",
      ),
  )
    .requiredOption(
      "--to <namespace>",
      "the copy's own namespace; made, and refused where it holds anything else",
    )
    .option("--site <name>", "at whose cluster: primary or dr; the active one's when left out")
    .option("--volume <size>", "size of the copy's volume; the database's own when left out")
    .option("--remove", "take the copy and its namespace away", false)
    .action(async (flags: RestoreFlags & { readonly remove: boolean }) => {
      const asked = parseRestoreFlags(flags);
      const { removeBeside, restoreBeside } = await import("../side/restore.ts");
      process.exitCode = await (flags.remove ? removeBeside : restoreBeside)(repositoryRoot, asked);
    });

  program
    .command("extract")
    .description("one table as it was at a time, as SQL, out of a copy that is gone afterwards")
    .requiredOption("--table <name>", "as pg_dump's --table takes it: schema.table")
    .requiredOption("--at <time>", "the moment, with its zone: 2026-11-25T03:04:05Z")
    .requiredOption("--output <file>", "where the SQL goes; appears when it is whole")
    .option("--database <name>", "the database that the table is in", "odoo")
    .option("--repository <name>", "offsite, or the site's own: site", "offsite")
    .option("--repository-as-of <time>", "read the repository as it was: before a deletion or overwriting")
    .option("--epoch <n>", "an older epoch's path, for what lies before this one")
    .option("--site <name>", "at whose cluster: primary or dr; the active one's when left out")
    .option("--volume <size>", "size of the copy's volume; the database's own when left out")
    .action(async (flags: ExtractFlags) => {
      const asked = parseExtractFlags(flags, Date.now());
      const { extractTable } = await import("../side/extract.ts");
      process.exitCode = await extractTable(repositoryRoot, asked);
    });
}
