import { phaseNames } from "../contract/phases.ts";
import type { Verdict } from "../contract/verdict.ts";
import { secondsInWords } from "./figures.ts";
import { table } from "./table.ts";

/** What a run took beside what was forecast, and beside bare commands: rows and sentences for every report. */
export interface ExpectedPart {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly words: readonly string[];
}

const bytes = (value: number): string =>
  value >= 1e12 ? `${(value / 1e12).toFixed(1)} TB` : `${(value / 1e9).toFixed(1)} GB`;

/** Null where nothing was forecast. */
export function forecastPart({ forecast, phases, rtoSeconds, moved }: Verdict): ExpectedPart | null {
  if (forecast == null) return null;
  const names = Object.keys(forecast.sizes[0]?.phases ?? {});
  const { rates } = forecast;
  return {
    head: [
      "phase",
      "measured",
      ...forecast.sizes.map(({ factor, databaseBytes }) => `${factor}x, ${bytes(databaseBytes)}`),
    ],
    rows: [
      ...names.map((name) => [
        name,
        secondsInWords(phases[name] ?? null),
        ...forecast.sizes.map((size) => secondsInWords(size.phases[name] ?? null)),
      ]),
      ["RTO", secondsInWords(rtoSeconds), ...forecast.sizes.map((size) => secondsInWords(size.rtoSeconds))],
      [
        `target ${secondsInWords(forecast.rtoTargetSeconds)}`,
        "",
        ...forecast.sizes.map(({ isWithinTarget }) => (isWithinTarget ? "within" : "out of reach")),
      ],
    ],
    words: [
      `Written before the first step; size: ${forecast.sizeSource}${moved == null ? "" : `, moved were ${bytes(moved.databaseBytes)} and ${bytes(moved.walBytes)} of WAL`}.`,
      rates.source === "defaults"
        ? "Rates: bundled defaults, which are slow: no run had measured anything."
        : `Rates: measured by ${rates.runs.length} earlier runs.`,
      forecast.errorPercent === null
        ? "Its error is not known: the RTO was not measured."
        : `It missed the RTO by ${forecast.errorPercent > 0 ? "+" : ""}${forecast.errorPercent} %.`,
      `Largest database within the RTO's target at these rates: ${bytes(forecast.largestDatabaseBytes)}.`,
    ],
  };
}

/** Null where no bare command was timed. */
export function floorPart({ floor, floorSeconds, phases, rtoSeconds }: Verdict): ExpectedPart | null {
  if (floor == null) return null;
  const times = (value: number | null | undefined): string => (value == null ? "" : `${value} x`);
  const { total, ...parts } = floorSeconds;
  return {
    head: ["phase", "this run", "bare commands", "ratio", "the product's own, in turns"],
    rows: [
      ...Object.entries(parts).map(([name, seconds]) => [
        name,
        secondsInWords(phases[name] ?? null),
        secondsInWords(seconds),
        times(floor.phaseRatios[name]),
        times(floor.ownRatios[name]),
      ]),
      ["RTO", secondsInWords(rtoSeconds), secondsInWords(total ?? null), times(floor.ratio), ""],
    ],
    words: [
      `Measured ${floor.measuredAt} by run ${floor.run}, ${floor.rounds} round${floor.rounds === 1 ? "" : "s"}, on this run's node with its pods' limits.`,
      floor.boundSeconds === null
        ? "No bound in seconds is set here."
        : `The bound in seconds beside the ratio: ${secondsInWords(floor.boundSeconds)}.`,
      `What no bare command was timed for (${untimed(parts)}) is in the RTO and not in the floor.`,
    ],
  };
}

const untimed = (timed: Readonly<Record<string, number>>): string =>
  phaseNames.filter((name) => timed[name] === undefined).join(", ");

export function expectedInMarkdown(part: ExpectedPart | null): string {
  return part === null ? "" : `${table(part.head, part.rows)}\n\n${part.words.join(" ")}`;
}
