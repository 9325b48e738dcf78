import { dirname } from "node:path";
import type { Command } from "commander";
import { createObservingPorts } from "../../drill/adapters/index.ts";
import { withAge } from "../backup-age.ts";
import { parseAge } from "../drill/arguments.ts";
import { readLabPlaces } from "../drill-ports.ts";
import { collectStatus } from "../status/collect.ts";
import { renderStatusReport } from "../status/render.ts";
import { readOperatorSources } from "../status/sources.ts";

const repositoryRoot = dirname(dirname(import.meta.dirname));

export function registerStatus(program: Command): void {
  program
    .command("status")
    .description("both sites, repositories, epoch, lease and names; status 1 when there is a problem")
    .option(
      "--backup-age <duration>",
      "how old the newest backups may be, instead of what the schedules promise",
    )
    .option("--json", "for programs", false)
    .action(async ({ json, backupAge }: { json: boolean; backupAge?: string }) => {
      const read = await readLabPlaces(repositoryRoot);
      const seconds = backupAge === undefined ? null : parseAge(backupAge);
      const places = { ...read, backupAge: withAge(read.backupAge, seconds) };
      const sources = await readOperatorSources(repositoryRoot, places);
      const report = await collectStatus(createObservingPorts(places), places, sources);
      const columns = process.stdout.isTTY ? process.stdout.columns : null;
      process.stdout.write(
        json ? `${JSON.stringify(report, null, 2)}\n` : renderStatusReport(report, columns),
      );
      if (report.problems.length > 0) process.exitCode = 1;
    });
}
