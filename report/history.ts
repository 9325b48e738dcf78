import { judgementWords, secondsInWords } from "./figures.ts";
import type { HistoryPoint } from "./html/charts.ts";

const barWidth = 24;

/** Runs as lines of a terminal: the longest bar is the longest time of its kind. */
export function renderHistory(points: readonly HistoryPoint[]): string {
  if (points.length === 0) return "no run yet: holdfast drill makes one\n";
  const most = (of: (point: HistoryPoint) => number | null): number =>
    Math.max(1, ...points.map((point) => of(point) ?? 0));
  const [rtoMost, rpoMost] = [most(({ rtoSeconds }) => rtoSeconds), most(({ rpoSeconds }) => rpoSeconds)];
  const bar = (seconds: number | null, longest: number): string =>
    "█"
      .repeat(seconds === null ? 0 : Math.max(1, Math.round((seconds / longest) * barWidth)))
      .padEnd(barWidth);
  const idWidth = Math.max(...points.map(({ id }) => id.length));
  const lines = points.map(({ id, startedAt, judgement, rtoSeconds, rpoSeconds }) =>
    [
      startedAt.slice(0, 16).replace("T", " "),
      id.padEnd(idWidth),
      judgementWords[judgement].padEnd(10),
      `RTO ${secondsInWords(rtoSeconds).padStart(12)} ${bar(rtoSeconds, rtoMost)}`,
      `RPO ${secondsInWords(rpoSeconds).padStart(12)} ${bar(rpoSeconds, rpoMost)}`.trimEnd(),
    ].join("  "),
  );
  return `${lines.join("\n")}\n`;
}
