import { parseDuration } from "../../config/duration.ts";
import { formatSize, parseSize, sizeForms } from "../../config/size.ts";
import { type Plant, plants } from "../../drill/ports/lab.ts";
import { seededPhase } from "../../drill/scenario/options.ts";
import { UserError } from "../../errors/user-error.ts";
import type { StackFacts } from "./stack-facts.ts";

export const scenarios = ["site-loss", "rehearsal"] as const;
export type Scenario = (typeof scenarios)[number];

/** As commander gives them: text, or nothing. */
export interface DrillFlags {
  readonly scenario: string;
  readonly seed?: string;
  readonly phase?: string;
  readonly plant?: string;
  readonly hold?: string;
  readonly backupAge?: string;
  readonly floor?: string;
  readonly data?: string;
  readonly dryRun: boolean;
  readonly runId?: string;
  readonly json: boolean;
  readonly dir: string;
}

export interface DrillArguments {
  readonly scenario: Scenario;
  readonly seed: number;
  readonly phaseSeconds: number;
  readonly plant: Plant | null;
  readonly holdSeconds: number;
  /** Stricter than the schedules' own promise, or null. */
  readonly backupAgeSeconds: number | null;
  /** Rounds of bare commands; null: one, unless an earlier run's can be taken over. */
  readonly floorRounds: number | null;
  /** Least size of the seeded database; null: the lab's own. */
  readonly dataBytes: number | null;
  readonly run: string;
}

/** Every wrong argument is a `UserError` before anything is touched. */
export function parseDrillFlags(
  flags: DrillFlags,
  nowMs: number,
  { archiveTimeoutSeconds, volumeBytes }: Pick<StackFacts, "archiveTimeoutSeconds" | "volumeBytes">,
): DrillArguments {
  const scenario = scenarios.find((name) => name === flags.scenario);
  if (scenario === undefined)
    throw new UserError("ARGUMENT_INVALID", {
      what: "no such scenario",
      got: flags.scenario,
      allowed: scenarios.join(", "),
    });
  if (scenario === "rehearsal" && flags.plant !== undefined)
    throw new UserError("ARGUMENT_INVALID", {
      what: "a rehearsal damages nothing",
      got: `--plant ${flags.plant}`,
      allowed: "--plant with --scenario site-loss",
    });
  if (scenario === "rehearsal" && flags.data !== undefined)
    throw new UserError("ARGUMENT_INVALID", {
      what: "a rehearsal seeds nothing: it restores what production has",
      got: `--data ${flags.data}`,
      allowed: "--data with --scenario site-loss",
    });
  // Seconds: short enough to type again, and another one for each run.
  const seed =
    flags.seed === undefined
      ? Math.floor(nowMs / 1000) % 100_000
      : wholeNumber("--seed", flags.seed, 2 ** 31);
  const phaseSeconds =
    flags.phase === undefined
      ? seededPhase(seed, archiveTimeoutSeconds)
      : wholeNumber("--phase", flags.phase, archiveTimeoutSeconds - 1);
  return {
    scenario,
    seed,
    phaseSeconds,
    plant: parsePlant(flags.plant),
    holdSeconds: flags.hold === undefined ? 0 : wholeNumber("--hold", flags.hold, 1800),
    backupAgeSeconds: flags.backupAge === undefined ? null : parseAge(flags.backupAge),
    floorRounds: flags.floor === undefined ? null : wholeNumber("--floor", flags.floor, 9),
    dataBytes: flags.data === undefined ? null : parseData(flags.data, volumeBytes / 2),
    run: parseRun(flags.runId, nowMs),
  };
}

function wholeNumber(name: string, text: string, most: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value <= most) return value;
  throw new UserError("ARGUMENT_INVALID", {
    what: `${name} is out of range`,
    got: text,
    allowed: `a whole number from 0 to ${most}`,
  });
}

export function parseAge(text: string): number {
  const seconds = parseDuration(text);
  if (seconds !== undefined) return seconds;
  throw new UserError("ARGUMENT_INVALID", {
    what: "--backup-age is not a duration",
    got: text,
    allowed: 'for example "5 hours"',
  });
}

/** Half a volume at most: WAL, the applications' databases and what a restore writes beside it need the other half. */
function parseData(text: string, mostBytes: number): number {
  const bytes = parseSize(text);
  if (bytes !== undefined && bytes >= leastDataBytes && bytes <= mostBytes) return bytes;
  throw new UserError("ARGUMENT_INVALID", {
    what: "--data is no size that the drill can seed",
    got: text,
    allowed: `${formatSize(leastDataBytes)} to ${formatSize(mostBytes)}, half of database.volume; forms ${sizeForms}`,
  });
}

const leastDataBytes = 2 * 2 ** 30;

function parsePlant(text: string | undefined): Plant | null {
  if (text === undefined) return null;
  const found = plants.find((plant) => plant === text);
  if (found !== undefined) return found;
  throw new UserError("ARGUMENT_INVALID", {
    what: "no such fault to plant",
    got: text,
    allowed: plants.join(", "),
  });
}

/** A folder's name and part of a Kubernetes label and job name: the strictest of the three. */
function parseRun(text: string | undefined, nowMs: number): string {
  if (text === undefined)
    return new Date(nowMs).toISOString().slice(0, 19).replaceAll(/[-:]/g, "").replace("T", "-");
  if (/^[a-z0-9][a-z0-9-]{0,30}[a-z0-9]$/.test(text)) return text;
  throw new UserError("ARGUMENT_INVALID", {
    what: "the run's id cannot be used",
    got: text,
    allowed: "2 to 32 lower-case letters, digits and hyphens, no hyphen at the ends",
  });
}
