import type { RunOptions } from "../../bench/run.ts";
import { groups } from "../../bench/things.ts";
import { UserError } from "../../errors/user-error.ts";

/** As commander gives them. */
export interface BenchFlags {
  readonly size: string;
  readonly repetitions: string;
  readonly slow: string;
  readonly only?: string;
  readonly segments: string;
  readonly keepUp: string;
  readonly check: boolean;
  readonly keep: boolean;
  readonly dir: string;
}

export interface BenchArguments {
  readonly sizes: readonly number[];
  readonly options: Omit<RunOptions, "gigabytes">;
}

/** Every wrong argument is a `UserError` before anything is touched. */
export function parseBenchFlags(flags: BenchFlags): BenchArguments {
  return {
    sizes: flags.size.split(",").map(parseSize),
    options: {
      repetitions: {
        quick: wholeNumber("--repetitions", flags.repetitions, 1, 99),
        slow: wholeNumber("--slow", flags.slow, 0, 99),
      },
      groups: flags.only === undefined ? groups : flags.only.split(",").map(parseGroup),
      segments: wholeNumber("--segments", flags.segments, 4, 256),
      keepUpSeconds: wholeNumber("--keep-up", flags.keepUp, 20, 3600),
    },
  };
}

/** The offsite store, the copies and the cluster share a disk: some seven times this is needed. */
const mostGigabytes = 64;

function parseSize(text: string): number {
  const value = Number(text);
  if (/^\d+(\.\d+)?$/.test(text) && value >= 0.05 && value <= mostGigabytes) return value;
  throw new UserError("ARGUMENT_INVALID", {
    what: "--size is out of range",
    got: text,
    allowed: `gigabytes from 0.05 to ${mostGigabytes}, several with commas: 1,2,4`,
  });
}

function parseGroup(text: string): (typeof groups)[number] {
  const found = groups.find((group) => group === text);
  if (found !== undefined) return found;
  throw new UserError("ARGUMENT_INVALID", {
    what: "--only names nothing that is measured",
    got: text,
    allowed: groups.join(", "),
  });
}

function wholeNumber(name: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least && value <= most) return value;
  throw new UserError("ARGUMENT_INVALID", {
    what: `${name} is out of range`,
    got: text,
    allowed: `a whole number from ${least} to ${most}`,
  });
}
