import type { Floor } from "../../contract/floor.ts";
import type { JournalEntry } from "../../contract/journal.ts";
import type { BackupAgeLimits } from "../../drill/backup-age.ts";
import { seedOf } from "../../drill/pgbench.ts";
import { plants } from "../../drill/ports/lab.ts";
import { scenarioOf } from "../../drill/scenario/index.ts";
import { labSiteLoss } from "../../drill/scenario/options.ts";
import type { ScenarioItem } from "../../drill/step.ts";
import { withAge } from "../backup-age.ts";
import type { DrillArguments } from "./arguments.ts";

/** Both sites' volumes, and a repository at each end of the archive. */
const places = 4;

type JournalOptions = Extract<JournalEntry, { kind: "open" }>["options"];

/** What of the arguments decides a run's steps: the journal's opening says it, for whoever goes on with the run. */
export function journalOptions(
  { phaseSeconds, plant, holdSeconds, floorRounds, dataBytes }: DrillArguments,
  facts: { readonly archiveTimeoutSeconds: number; readonly backupAge: BackupAgeLimits },
): JournalOptions {
  return {
    phaseSeconds,
    plant,
    holdSeconds,
    archiveTimeoutSeconds: facts.archiveTimeoutSeconds,
    backupAgeSeconds: facts.backupAge.newestSeconds,
    floorRounds,
    dataBytes,
  };
}

/**
 * A run's steps from what its journal says. The drill that begins a run makes them in this way too, or a resume
 * would have others.
 */
export function stepsOfRun(
  scenario: Parameters<typeof scenarioOf>[0],
  options: JournalOptions,
  promised: BackupAgeLimits,
  floors: () => readonly Floor[],
): readonly ScenarioItem[] {
  const { phaseSeconds, plant, holdSeconds, backupAgeSeconds, dataBytes } = options;
  const floorRounds = typeof options.floorRounds === "number" ? options.floorRounds : null;
  return scenarioOf(scenario)({
    ...labSiteLoss,
    ...(typeof dataBytes === "number" ? seedOf(dataBytes) : {}),
    minimumDiskBytes: labSiteLoss.minimumDiskBytes + places * Number(dataBytes ?? 0),
    phaseSeconds: Number(phaseSeconds),
    plant: plants.find((each) => each === plant) ?? null,
    holdSeconds: Number(holdSeconds),
    backupAge: withAge(promised, typeof backupAgeSeconds === "number" ? backupAgeSeconds : null),
    floor: { rounds: floorRounds ?? 1, earlier: floorRounds === null ? floors() : [] },
  });
}
