import type { Verdict } from "../../contract/verdict.ts";
import { escapeText } from "../escape.ts";
import { offset } from "../figures.ts";
import type { Bar, Timeline } from "../timeline.ts";

/**
 * Charts whose rows are text with a bar beside it: they wrap on a phone, print, and are read out as a list.
 * Bars lie on one axis, in per cent of its length.
 */

/** A class of the style sheet; each row has its length as words too, so that nobody needs the colour. */
type Colour = "bar" | "bar2" | "passed" | "failed" | "cancelled";

interface Row {
  readonly label: string;
  readonly colour: Colour;
  readonly start: number;
  readonly end: number;
  readonly words: string;
}

interface Moment {
  readonly name: "loss" | "served";
  readonly at: number;
  readonly words: string;
}

/** `length`, `start`, `end` and `at` in one unit, whichever it is. */
function bars(title: string, length: number, rows: readonly Row[], moments: readonly Moment[]): string {
  const percent = (value: number): string =>
    (Math.min(1, Math.max(0, value / Math.max(length, 1e-9))) * 100).toFixed(2);
  const lines = moments
    .map(({ name, at }) => `<span class="moment ${name}" style="left:${percent(at)}%"></span>`)
    .join("");
  const items = rows.map(({ label, colour, start, end, words }) => {
    const left = percent(start);
    const width = (Number(percent(end)) - Number(left)).toFixed(2);
    return `<li><span class="label">${escapeText(label)}</span><span class="track">${lines}<span class="${colour}" style="left:${left}%;width:${width}%"></span></span><span class="took">${escapeText(words)}</span></li>`;
  });
  const keys = moments
    .map(({ name, words }) => `<span class="key ${name}"></span> ${escapeText(words)}`)
    .join(" &nbsp; ");
  return `${keys === "" ? "" : `<p class="soft">${keys}</p>`}<ol class="bars" aria-label="${escapeText(title)}">${items.join("")}</ol>`;
}

const outcomeColours: Readonly<Record<string, Colour>> = {
  passed: "passed",
  failed: "failed",
  timedOut: "failed",
  cancelled: "cancelled",
};

/** Every step that ran, then the critical path, on the run's whole length. */
export function ganttChart({ bars: all, endMs, lossMs, servedMs }: Timeline): string {
  const row = ({ label, kind, outcome, startMs, endMs: end }: Bar): Row => ({
    label: kind === "phase" ? `phase ${label}` : label,
    colour: kind === "phase" ? "bar" : (outcomeColours[outcome] ?? "bar2"),
    start: startMs,
    end,
    words: `${((end - startMs) / 1000).toFixed(1)} s${kind === "step" && outcome !== "passed" ? `, ${outcome}` : ""}`,
  });
  return bars("Steps and phases of the run, on one axis", endMs, all.map(row), [
    ...(lossMs === null ? [] : [{ name: "loss" as const, at: lossMs, words: `loss ${offset(lossMs)}` }]),
    ...(servedMs === null
      ? []
      : [{ name: "served" as const, at: servedMs, words: `served ${offset(servedMs)}` }]),
  ]);
}

type Piece = NonNullable<Verdict["criticalPath"]>[number];
type UpResource = NonNullable<Verdict["upResources"]>[number];

/** Below the chart. */
export function pathWords(isServed: boolean): string {
  return `The critical path from the loss to ${isServed ? "the first user served" : "the last thing that was seen: nobody was served"}, each piece a row: the next begins where it ends. Below, lighter, what the up changed meanwhile, resource by resource.`;
}

/**
 * The path as a staircase, and the resources of the `up` on the same axis.
 *
 * @param isServed whether the path ends with a user served
 */
export function pathChart(
  path: readonly Piece[],
  resources: readonly UpResource[],
  isServed: boolean,
): string {
  const took = (start: number, end: number): string => `${(end - start).toFixed(1)} s`;
  const rows = [
    ...path.map(
      ({ phase, startSeconds: start, endSeconds: end }): Row => ({
        label: phase,
        colour: phase === "unattributed" ? "cancelled" : "bar",
        start,
        end,
        words: took(start, end),
      }),
    ),
    ...resources.map(
      ({ name: label, startSeconds: start, endSeconds: end }): Row => ({
        label,
        colour: "bar2",
        start,
        end,
        words: took(start, end),
      }),
    ),
  ];
  const served = path.at(-1)?.endSeconds ?? 0;
  return bars(
    `The critical path from the loss ${isServed ? "to the first user served" : "on"}`,
    Math.max(...rows.map(({ end }) => end)),
    rows,
    isServed ? [{ name: "served", at: served, words: `served ${offset(served * 1000)} from the loss` }] : [],
  );
}
