import { forecastPhases } from "../config/recovery-model.ts";
import { outOfReach, type RecoveryBudget } from "./recovery-budget.ts";

/** How large, in the units that people buy disks in. */
export function bytesInWords(bytes: number): string {
  for (const [unit, size] of [
    ["TB", 1e12],
    ["GB", 1e9],
    ["MB", 1e6],
  ] as const)
    if (bytes >= size) return `${(bytes / size).toFixed(1)} ${unit}`;
  return `${Math.round(bytes / 1000)} kB`;
}

/** A budget as plain lines, the same in a terminal and in a preview. */
export function budgetLines(budget: RecoveryBudget): readonly string[] {
  const { forecast, errors, measuredRpoSeconds } = budget;
  const { sizes, rates, rpo } = forecast;
  const row = (name: string, cells: readonly string[]): string =>
    `${name.padEnd(14)}${cells.map((cell) => cell.padStart(14)).join("")}`;
  const rto = [
    row(
      "data",
      sizes.map(({ factor, databaseBytes }) => `${factor}x ${bytesInWords(databaseBytes)}`),
    ),
    row(
      "WAL",
      sizes.map(({ walBytes }) => bytesInWords(walBytes)),
    ),
    ...forecastPhases
      .filter((name) => sizes.some(({ phases }) => (phases[name] ?? 0) > 0))
      .map((name) =>
        row(
          name,
          sizes.map(({ phases }) => `${phases[name] ?? 0} s`),
        ),
      ),
    row(
      "RTO",
      sizes.map(({ rtoSeconds }) => `${rtoSeconds} s`),
    ),
    row(
      `of ${forecast.rtoTargetSeconds} s`,
      sizes.map(({ isWithinTarget }) => (isWithinTarget ? "within" : "OUT OF REACH")),
    ),
  ];
  const source =
    rates.source === "defaults"
      ? "rates: bundled defaults, which are slow; no run has measured this site"
      : `rates: measured by ${rates.runs.length} run${rates.runs.length === 1 ? "" : "s"}, the newest ${rates.runs[0]}; "decide" has no person in it there`;
  return [
    `size: ${forecast.sizeSource}`,
    source,
    `restore ${bytesInWords(rates.restoreBytesPerSecond)}/s, replay ${bytesInWords(rates.replayBytesPerSecond)}/s`,
    ...rto,
    `largest database within the RTO: ${bytesInWords(forecast.largestDatabaseBytes)}`,
    `RPO ${rpo.worstSeconds} s of ${forecast.rpoTargetSeconds} s: a segment waits ${rpo.segmentSeconds} s, its way takes ${rpo.archiveSeconds} s${
      measuredRpoSeconds.length === 0
        ? "; not measured"
        : `; measured at most ${Math.max(...measuredRpoSeconds)} s in ${measuredRpoSeconds.length} runs`
    }`,
    errors.length === 0
      ? "error against past runs: not known, it takes two runs"
      : `error against past runs, each from those before it: ${errors.map(({ run, errorPercent }) => `${run} ${errorPercent > 0 ? "+" : ""}${errorPercent} %`).join(", ")}`,
    ...outOfReach(budget).map((problem) => `out of reach: ${problem}`),
  ];
}
