import { escapeText } from "../escape.ts";
import type { Second } from "./seconds.ts";

/** More columns than this are thinner than a line: seconds are taken together. */
const mostColumns = 240;

interface Column {
  /** From the loss on, in seconds. */
  readonly from: number;
  /** A second, on the average of the seconds in it. */
  readonly kept: number;
  readonly lost: number;
  readonly isServed: boolean;
  readonly hasFailed: boolean;
}

function columnsOf(seconds: readonly Second[], size: number): readonly Column[] {
  const columns: Column[] = [];
  for (let index = 0; index < seconds.length; index += size) {
    const part = seconds.slice(index, index + size);
    const sum = (of: (second: Second) => number): number => part.reduce((all, one) => all + of(one), 0);
    const lost = sum(({ lostCommits }) => lostCommits);
    columns.push({
      from: part[0]?.second ?? 0,
      kept: (sum(({ commits }) => commits) - lost) / part.length,
      lost: lost / part.length,
      isServed: part.some(({ usersServed }) => usersServed > 0),
      hasFailed: part.some(({ usersFailed }) => usersFailed > 0),
    });
  }
  return columns;
}

/**
 * The gap in what users and writers got: commits a second as columns, those that were lost apart, and users as dots
 * and triangles below.
 *
 * @param width of the picture; its text has one size at every width
 */
export function gapChart(seconds: readonly Second[], rtoSeconds: number | null, width: number): string {
  const [left, right, top, bottom, height] = [44, 12, 24, 54, 250];
  const size = Math.max(1, Math.ceil(seconds.length / mostColumns));
  const columns = columnsOf(seconds, size);
  const first = seconds[0]?.second ?? 0;
  const last = first + Math.max(1, seconds.length);
  const most = Math.max(1, ...columns.map(({ kept, lost }) => kept + lost));
  const x = (second: number): number => left + ((second - first) / (last - first)) * (width - left - right);
  const step = x(first + size) - x(first);
  const floor = height - bottom;
  const high = (commits: number): number => (commits / most) * (floor - top);
  const rect = (name: string, from: number, base: number, commits: number): string =>
    commits === 0
      ? ""
      : `<rect class="${name}" x="${x(from).toFixed(1)}" y="${(floor - high(base + commits)).toFixed(1)}" width="${Math.max(0.8, step * 0.9).toFixed(1)}" height="${high(commits).toFixed(1)}"/>`;
  const r = Math.min(3.5, Math.max(1.2, step * 0.45));
  const marks = columns.flatMap(({ from, isServed, hasFailed }) => {
    const at = x(from) + step / 2;
    return [
      isServed ? `<circle class="passed" cx="${at.toFixed(1)}" cy="${floor + 10}" r="${r.toFixed(1)}"/>` : "",
      hasFailed
        ? `<path class="failed" d="M${at.toFixed(1)} ${(floor + 20).toFixed(1)}l${r.toFixed(1)} ${(r * 1.8).toFixed(1)}h${(-2 * r).toFixed(1)}z"/>`
        : "",
    ];
  });
  // Beside the gap, but within the picture: next to a gap of hours there is no room.
  const line = (second: number, name: "loss" | "served"): string => {
    const at = x(second);
    const anchor = name === "loss" ? (at < left + 20 ? "start" : "end") : at > width - 60 ? "end" : "start";
    return `<line class="${name}" x1="${at.toFixed(1)}" x2="${at.toFixed(1)}" y1="${top - 6}" y2="${floor}"/><text x="${at.toFixed(1)}" y="${top - 10}" text-anchor="${anchor}">${name}</text>`;
  };
  const words = (second: number): string => `${second > 0 ? "+" : ""}${second} s`;
  const text = (at: number, y: number, anchor: string, what: string): string =>
    `<text class="soft" x="${at.toFixed(1)}" y="${y}" text-anchor="${anchor}">${escapeText(what)}</text>`;
  return [
    `<svg viewBox="0 0 ${width} ${height}" role="img" font-size="13"><title>Commits and user transactions, second by second around the loss</title>`,
    `<line class="axis" x1="${left}" x2="${width - right}" y1="${floor}" y2="${floor}"/>`,
    text(left - 6, top + 4, "end", `${Math.round(most)}/s`),
    text(left - 6, floor, "end", "0"),
    ...columns.flatMap(({ from, kept, lost }) => [
      rect("bar", from, 0, kept),
      rect("lost", from, kept, lost),
    ]),
    ...marks,
    text(left, height - 6, "start", words(first)),
    text(width - right, height - 6, "end", words(last)),
    line(0, "loss"),
    rtoSeconds === null ? "" : line(rtoSeconds, "served"),
    "</svg>",
  ].join("");
}
