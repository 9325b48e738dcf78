import type { Judgement } from "../../contract/verdict.ts";
import { escapeText } from "../escape.ts";
import { secondsInWords } from "../figures.ts";

export interface HistoryPoint {
  readonly id: string;
  readonly startedAt: string;
  readonly judgement: Judgement;
  readonly rtoSeconds: number | null;
  readonly rpoSeconds: number | null;
}

/**
 * RTO and RPO of run after run, oldest first, all bars on one axis. A number that is missing is said, and has no bar.
 *
 * @param said a judgement as it is shown everywhere else
 * @param present the id of the run that the report is of
 */
export function historyChart(
  points: readonly HistoryPoint[],
  said: (judgement: Judgement) => string,
  present: string,
): string {
  const longest = Math.max(
    1e-9,
    ...points.flatMap(({ rtoSeconds, rpoSeconds }) => [rtoSeconds ?? 0, rpoSeconds ?? 0]),
  );
  const line = (name: string, seconds: number | null, colour: string): string => {
    const bar =
      seconds === null
        ? ""
        : `<span class="${colour}" style="left:0;width:${((seconds / longest) * 100).toFixed(2)}%"></span>`;
    return `<div class="row"><span class="label">${name}</span><span class="track">${bar}</span><span class="took">${escapeText(secondsInWords(seconds))}</span></div>`;
  };
  const run = ({ id, startedAt, judgement, rtoSeconds, rpoSeconds }: HistoryPoint): string =>
    [
      `<li${id === present ? ' aria-current="true"' : ""}><p>${said(judgement)} <span class="soft">${escapeText(startedAt.slice(0, 16).replace("T", " "))}</span> ${escapeText(id)}${id === present ? " (this run)" : ""}</p>`,
      line("RTO", rtoSeconds, judgement === "met" ? "bar" : "failed"),
      line("RPO", rpoSeconds, "bar2"),
      "</li>",
    ].join("");
  return `<ol class="runs" aria-label="RTO and RPO of this and earlier runs">${points.map(run).join("")}</ol>`;
}
