import type { Judgement, Verdict } from "../contract/verdict.ts";

/** How numbers and judgements are said in a report. "Not measured" never looks like a pass. */

export const judgementWords = {
  met: "met",
  missed: "MISSED",
  notJudged: "not judged",
} as const satisfies Record<Judgement, string>;

export function secondsInWords(seconds: number | null): string {
  if (seconds === null) return "not measured";
  if (seconds < 120) return `${seconds} s`;
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  const rest = Math.round(seconds % 60);
  return [hours > 0 ? `${hours} h` : "", minutes > 0 ? `${minutes} min` : "", rest > 0 ? `${rest} s` : ""]
    .filter((part) => part !== "")
    .join(" ");
}

export function offset(ms: number): string {
  const sign = ms < 0 ? "-" : "+";
  return `${sign}${(Math.abs(ms) / 1000).toFixed(1)} s`;
}

/** What kind of run it was, and what was lost: the two sentences below a report's title. */
export function headlines(verdict: Verdict): readonly [string, string] {
  const loss =
    verdict.lossAt.time === null
      ? "no loss was recorded"
      : `${verdict.lossAt.time} (${verdict.lossAt.source})`;
  return [
    `${verdict.mode}, scenario ${verdict.scenario}, ${verdict.status}. Started ${verdict.startedAt} by ${verdict.operator}, ended ${verdict.endedAt ?? "never"}.`,
    `Loss: ${loss}. Epoch ${verdict.epoch.before} before, ${verdict.epoch.after ?? "none"} after.`,
  ];
}
