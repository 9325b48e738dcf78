import { readdirSync } from "node:fs";
import { join } from "node:path";
import { segmentBytes } from "../../config/recovery-model.ts";
import { type Floor, floorSchema } from "../../contract/floor.ts";
import { floorEvidence, readTextIfThere } from "../../drill/run-directory.ts";
import { labSiteLoss } from "../../drill/scenario/options.ts";
import { samplesOf } from "../../plan/forecast.ts";
import { planRecoveryBudget } from "../../plan/recovery-budget.ts";
import { readPastRuns } from "../budget/history.ts";
import { readSiteConfig } from "../rules/stack-file.ts";

/** What was expected of a run, as its evidence says it: from earlier runs of its scenario and nothing that it does itself. */
export async function forecastText(args: {
  readonly repositoryRoot: string;
  readonly runs: string;
  readonly scenario: string;
  /** Least size of the database that the run is about to seed; null: like the run before it. */
  readonly dataBytes: number | null;
}): Promise<string> {
  const config = await readSiteConfig(join(args.repositoryRoot, "Pulumi.dr.yaml"), "dr");
  const samples = samplesOf(readPastRuns(args.runs, args.scenario));
  const { dataBytes } = args;
  const size =
    dataBytes === null ? (samples.length > 0 ? undefined : seeded) : { ...seeded, databaseBytes: dataBytes };
  const { forecast } = planRecoveryBudget(config, samples, size);
  const said = size === undefined ? forecast : { ...forecast, sizeSource: "what the drill is about to make" };
  return `${JSON.stringify(said, null, 2)}\n`;
}

/** Before the first run nothing was moved yet: the least that the drill makes sure of. */
const seeded = {
  databaseBytes: labSiteLoss.minimumBytes,
  walBytes: labSiteLoss.segmentsAfterBackup * segmentBytes,
};

/** Those that runs measured themselves, newest first; what cannot be read is left out. */
export function readFloors(runs: string): readonly Floor[] {
  let names: readonly string[];
  try {
    names = readdirSync(runs);
  } catch {
    return []; // no run yet
  }
  return names
    .flatMap((name) => {
      const floor = floorOf(readTextIfThere(join(runs, name, floorEvidence)));
      return floor?.run === name ? [floor] : [];
    })
    .sort((a, b) => (a.measuredAt < b.measuredAt ? 1 : -1));
}

function floorOf(text: string | null): Floor | null {
  if (text === null) return null;
  try {
    return floorSchema.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null; // torn by a kill
  }
}
