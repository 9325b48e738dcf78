import { type Floor, type FloorPhase, floorPhases, floorVersion } from "../../contract/floor.ts";
import type { Verdict } from "../../contract/verdict.ts";
import { errorPercent } from "../../plan/forecast.ts";
import { pathOf, phaseSums } from "./phases.ts";
import type { RunRecord } from "./record.ts";

/** What a run took beside what was expected of it, and beside what bare commands take. Neither decides anything. */

export function forecastOf(
  { forecast }: Pick<RunRecord, "forecast">,
  rtoSeconds: number | null,
): Verdict["forecast"] {
  const expected = forecast?.sizes[0]?.rtoSeconds;
  if (forecast === null || expected === undefined) return null;
  return {
    ...forecast,
    errorPercent: rtoSeconds === null ? null : errorPercent(expected, rtoSeconds),
  };
}

/** The median of what bare commands took for a phase; null where none was timed. */
function bareSeconds({ samples }: Floor, phase: FloorPhase): number | null {
  return median(
    samples.filter((one) => one.who === "bare" && one.phase === phase).map(({ seconds }) => seconds),
  );
}

export function floorOf(
  record: Pick<RunRecord, "floor" | "facts" | "engine" | "open">,
  rtoSeconds: number | null,
): Pick<Verdict, "floor" | "floorSeconds"> {
  const { floor, facts, engine, open } = record;
  if (floor === null) return { floorSeconds: {}, floor: null };
  const bare = floorPhases.flatMap((phase) => {
    const seconds = bareSeconds(floor, phase);
    return seconds === null ? [] : [{ phase, seconds }];
  });
  const total = bare.reduce((sum, { seconds }) => sum + seconds, 0);
  const sums = phaseSums(pathOf(facts, engine, null) ?? []);
  const phaseRatios = bare.flatMap(({ phase, seconds }): [string, number][] => {
    const own = sums.get(phase);
    return own === undefined || seconds === 0 ? [] : [[phase, hundredths(own / 1000 / seconds)]];
  });
  return {
    floorSeconds: Object.fromEntries([
      ...bare.map(({ phase, seconds }) => [phase, thousandths(seconds)]),
      ["total", thousandths(total)],
    ]),
    floor: {
      measuredAt: floor.measuredAt,
      run: floor.run,
      rounds: new Set(floor.samples.map(({ round }) => round)).size,
      ratio: rtoSeconds === null || total === 0 ? null : hundredths(rtoSeconds / total),
      boundSeconds: open.budgets.find(({ id }) => id === "rto")?.limit ?? null,
      phaseRatios: Object.fromEntries(phaseRatios),
      ownRatios: ownRatios(floor),
    },
  };
}

/** Of pairs of one round only: what the machine did to one it did to the other. */
function ownRatios({ samples }: Floor): Readonly<Record<string, number>> {
  return Object.fromEntries(
    floorPhases.flatMap((phase) => {
      const of = (who: "bare" | "own", round: number): number | undefined =>
        samples.find((one) => one.who === who && one.phase === phase && one.round === round)?.seconds;
      const ratios = [...new Set(samples.map(({ round }) => round))].flatMap((round) => {
        const [own, bare] = [of("own", round), of("bare", round)];
        return own === undefined || bare === undefined || bare === 0 ? [] : [own / bare];
      });
      const ratio = median(ratios);
      return ratio === null ? [] : [[phase, hundredths(ratio)]];
    }),
  );
}

/** A floor of another run counts for this one only where the data are alike and the machine is the same. */
export function isFloorFor(
  floor: Floor,
  wanted: {
    readonly host: string;
    readonly databaseBytes: number;
    readonly walBytes: number;
    readonly nowMs: number;
  },
): boolean {
  const near = (one: number, other: number, share: number): boolean =>
    Math.abs(one - other) <= share * Math.max(one, other);
  return (
    floor.schemaVersion === floorVersion &&
    floor.host === wanted.host &&
    near(floor.databaseBytes, wanted.databaseBytes, nearDatabase) &&
    near(floor.walBytes, wanted.walBytes, nearWal) &&
    wanted.nowMs - Date.parse(floor.measuredAt) <= floorKeptMs
  );
}

const nearDatabase = 0.1;
const nearWal = 0.25;
const floorKeptMs = 7 * 86_400_000;

const thousandths = (value: number): number => Math.round(value * 1000) / 1000;
const hundredths = (value: number): number => Math.round(value * 100) / 100;

function median(list: readonly number[]): number | null {
  if (list.length === 0) return null;
  const sorted = [...list].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}
