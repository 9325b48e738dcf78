import { judgementWords, secondsInWords } from "./figures.ts";
import type { HistoryPoint } from "./html/history-chart.ts";

const [leastBar, mostBar] = [4, 24] as const;
/** Of a line, without its id and its two bars. */
const wordsWidth = 16 + 10 + 2 * 17 + 4 * 2;

/**
 * Runs as lines of a terminal: the longest bar is the longest time of its kind.
 *
 * @param columns of the terminal; bars are as long as it lets them
 */
export function renderHistory(points: readonly HistoryPoint[], columns = 200): string {
  if (points.length === 0) return "no run yet: holdfast drill makes one\n";
  const most = (of: (point: HistoryPoint) => number | null): number =>
    Math.max(1, ...points.map((point) => of(point) ?? 0));
  const [rtoMost, rpoMost] = [most(({ rtoSeconds }) => rtoSeconds), most(({ rpoSeconds }) => rpoSeconds)];
  const idWidth = Math.max(...points.map(({ id }) => id.length));
  const room = Math.floor((columns - wordsWidth - idWidth) / 2);
  const barWidth = Math.min(mostBar, Math.max(leastBar, room));
  const bar = (seconds: number | null, longest: number): string =>
    "█"
      .repeat(seconds === null ? 0 : Math.max(1, Math.round((seconds / longest) * barWidth)))
      .padEnd(barWidth);
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
