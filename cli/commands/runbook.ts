import { writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Command } from "commander";
import { planSiteContract } from "../../plan/contract.ts";
import { planSite } from "../../plan/index.ts";
import { storePlaceOf } from "../../plan/offsite-place.ts";
import { renderRunbook } from "../../report/runbook.ts";
import { judgedAgain, readVerdicts } from "../drill/runs.ts";
import { readSiteConfig } from "../rules/stack-file.ts";

const repositoryRoot = dirname(dirname(import.meta.dirname));

export function registerRunbook(program: Command): void {
  program
    .command("runbook")
    .description("what people do on the bad day, from the stack files and the last drill that was met")
    .option("--output <file>", "where it goes; - is standard output", "docs/runbook.md")
    .option("--dir <folder>", "where the runs lie", "runs")
    .action(async ({ output, dir }: { output: string; dir: string }) => {
      const read = (stack: "primary" | "dr") =>
        readSiteConfig(join(repositoryRoot, `Pulumi.${stack}.yaml`), stack);
      const configs = { primary: await read("primary"), dr: await read("dr") };
      const { offsite } = configs.dr;
      const bucketUrl = `${storePlaceOf(offsite).endpoint}/${offsite.recordsBucket}`;
      const lastRun =
        judgedAgain(dir, readVerdicts(dir)).findLast(({ judgement }) => judgement === "met") ?? null;
      const text = renderRunbook({
        primary: planSiteContract(planSite(configs.primary)),
        dr: planSiteContract(planSite(configs.dr)),
        lastRun,
        bundle: { bucketUrl, region: offsite.region },
      });
      if (output === "-") process.stdout.write(text);
      else await writeFile(output, text);
    });
}
