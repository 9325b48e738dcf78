import type { Judgement } from "../../contract/verdict.ts";
import { escapeText } from "../escape.ts";
import { offset, secondsInWords } from "../figures.ts";
import type { Bar, Timeline } from "../timeline.ts";

const width = 1000;

/** What was acknowledged and served around the loss, a second a column. */
export interface Second {
  /** From the loss on. */
  readonly second: number;
  readonly commits: number;
  readonly usersServed: number;
  readonly usersFailed: number;
}

const picture = (title: string, height: number, body: readonly string[]): string =>
  `<svg viewBox="0 0 ${width} ${height}" role="img" font-size="12"><title>${escapeText(title)}</title>${body.join("")}</svg>`;

/** A word, a bar and a length a row. The phases, disjoint from the loss to the first user served, are the critical path. */
export function ganttChart(timeline: Timeline): string {
  const left = 150;
  const rowHeight = 22;
  const top = 26;
  const { bars, endMs, lossMs, servedMs } = timeline;
  const height = top + bars.length * rowHeight + 10;
  const x = (ms: number): number => left + (ms / Math.max(1, endMs)) * (width - left - 80);
  const row = (bar: Bar, index: number): string => {
    const y = top + index * rowHeight;
    const from = x(bar.startMs);
    const length = Math.max(1.5, x(bar.endMs) - from);
    const name = bar.kind === "phase" ? "bar" : (barClasses[bar.outcome] ?? "bar2");
    return `<text x="${left - 8}" y="${y + 14}" text-anchor="end">${escapeText(bar.kind === "phase" ? `phase ${bar.label}` : bar.label)}</text><rect class="${name}" x="${from.toFixed(1)}" y="${y + 4}" width="${length.toFixed(1)}" height="13" rx="2"/><text class="soft" x="${(from + length + 5).toFixed(1)}" y="${y + 14}">${((bar.endMs - bar.startMs) / 1000).toFixed(1)} s</text>`;
  };
  return picture("Steps and phases of the run, on one axis", height, [
    ...bars.map(row),
    moment(lossMs, "loss", x, top, height),
    moment(servedMs, "served", x, top, height),
  ]);
}

const barClasses: Readonly<Record<string, string>> = {
  passed: "passed",
  failed: "failed",
  timedOut: "failed",
  cancelled: "cancelled",
};

function moment(
  ms: number | null,
  name: "loss" | "served",
  x: (ms: number) => number,
  top: number,
  height: number,
): string {
  if (ms === null) return "";
  const at = x(ms).toFixed(1);
  return `<line class="${name}" x1="${at}" x2="${at}" y1="${top - 8}" y2="${height - 4}"/><text x="${at}" y="${top - 12}" text-anchor="${name === "loss" ? "end" : "start"}">${name} ${offset(ms)}</text>`;
}

/** The gap in what users and writers got: commits a second as columns, users as dots above and below a line. */
export function gapChart(seconds: readonly Second[], rtoSeconds: number | null): string {
  const [left, top, bottom, height] = [50, 20, 46, 240];
  const first = seconds[0]?.second ?? 0;
  const last = Math.max(first + 1, seconds.at(-1)?.second ?? 1);
  const most = Math.max(1, ...seconds.map(({ commits }) => commits));
  const x = (second: number): number => left + ((second - first) / (last - first + 1)) * (width - left - 20);
  const column = x(first + 1) - x(first);
  const y = (commits: number): number => height - bottom - (commits / most) * (height - top - bottom);
  const bars = seconds
    .filter(({ commits }) => commits > 0)
    .map(
      ({ second, commits }) =>
        `<rect class="bar" x="${x(second).toFixed(1)}" y="${y(commits).toFixed(1)}" width="${Math.max(1, column - 0.6).toFixed(1)}" height="${(height - bottom - y(commits)).toFixed(1)}"/>`,
    );
  const dots = seconds.flatMap(({ second, usersServed, usersFailed }) => {
    const at = (x(second) + column / 2).toFixed(1);
    return [
      usersServed > 0 ? `<circle class="passed" cx="${at}" cy="${height - 32}" r="3"/>` : "",
      usersFailed > 0
        ? `<path class="failed" d="M${at} ${height - 22}l3.5 6h-7z" transform="translate(0 2)"/>`
        : "",
    ];
  });
  const line = (second: number, name: "loss" | "served"): string => {
    const at = x(second).toFixed(1);
    return `<line class="${name}" x1="${at}" x2="${at}" y1="${top - 6}" y2="${height - bottom}"/><text x="${at}" y="${top - 8}" text-anchor="${name === "loss" ? "end" : "start"}">${name}</text>`;
  };
  return picture("Commits and user transactions, second by second around the loss", height, [
    `<line class="axis" x1="${left}" x2="${width - 20}" y1="${height - bottom}" y2="${height - bottom}"/>`,
    `<text class="soft" x="${left - 6}" y="${top + 4}" text-anchor="end">${most}/s</text>`,
    `<text class="soft" x="${left - 6}" y="${height - bottom}" text-anchor="end">0</text>`,
    ...bars,
    ...dots,
    `<text class="soft" x="${left}" y="${height - 4}">${first} s</text>`,
    `<text class="soft" x="${width - 20}" y="${height - 4}" text-anchor="end">+${last} s</text>`,
    line(0, "loss"),
    rtoSeconds === null ? "" : line(rtoSeconds, "served"),
  ]);
}

export interface HistoryPoint {
  readonly id: string;
  readonly startedAt: string;
  readonly judgement: Judgement;
  readonly rtoSeconds: number | null;
  readonly rpoSeconds: number | null;
}

/** RTO and RPO of run after run, oldest first; a run without a number leaves a gap with a mark. */
export function historyChart(points: readonly HistoryPoint[]): string {
  const [left, top, bottom, height] = [60, 20, 40, 220];
  const values = points.flatMap(({ rtoSeconds, rpoSeconds }) => [rtoSeconds ?? 0, rpoSeconds ?? 0]);
  const most = Math.max(1, ...values);
  const step = (width - left - 30) / Math.max(1, points.length);
  const y = (value: number): number => height - bottom - (value / most) * (height - top - bottom);
  const pair = (point: HistoryPoint, index: number): string => {
    const x = left + index * step;
    const bar = (value: number | null, name: string, shift: number): string =>
      value === null
        ? `<text class="soft" x="${(x + shift).toFixed(1)}" y="${height - bottom - 4}">–</text>`
        : `<rect class="${name}" x="${(x + shift).toFixed(1)}" y="${y(value).toFixed(1)}" width="${(step * 0.34).toFixed(1)}" height="${(height - bottom - y(value)).toFixed(1)}"><title>${escapeText(`${point.id}: ${secondsInWords(value)}`)}</title></rect>`;
    const mark = point.judgement === "met" ? "✓" : "✗";
    return `${bar(point.rtoSeconds, "bar", step * 0.1)}${bar(point.rpoSeconds, "bar2", step * 0.48)}<text x="${(x + step * 0.45).toFixed(1)}" y="${height - bottom + 16}" text-anchor="middle">${mark}</text>`;
  };
  return picture("RTO and RPO of this and earlier runs", height, [
    `<line class="axis" x1="${left}" x2="${width - 20}" y1="${height - bottom}" y2="${height - bottom}"/>`,
    `<text class="soft" x="${left - 8}" y="${top + 4}" text-anchor="end">${secondsInWords(Math.round(most))}</text>`,
    ...points.map(pair),
    `<text class="soft" x="${left}" y="${height - 4}">${escapeText(points[0]?.startedAt.slice(0, 16).replace("T", " ") ?? "")}</text>`,
    `<text class="soft" x="${width - 20}" y="${height - 4}" text-anchor="end">${escapeText(points.at(-1)?.startedAt.slice(0, 16).replace("T", " ") ?? "")}</text>`,
  ]);
}
