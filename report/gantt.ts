import { escapeText } from "./escape.ts";
import { offset } from "./figures.ts";
import type { Bar, Timeline } from "./timeline.ts";

const width = 960;
const labelWidth = 150;
const rowHeight = 20;
const margin = 30;
const colours: Readonly<Record<string, string>> = {
  passed: "#4a7c59",
  failed: "#b3261e",
  timedOut: "#b3261e",
  cancelled: "#9a6b00",
  phase: "#3b6ea5",
};

/** The run as one SVG, readable without colours: every bar has its name and its length beside it. */
export function renderGantt(timeline: Timeline): string {
  const { bars, endMs } = timeline;
  const height = margin * 2 + bars.length * rowHeight;
  const scale = (ms: number): number => labelWidth + (ms / Math.max(1, endMs)) * (width - labelWidth - 90);
  const row = (bar: Bar, index: number): string => {
    const y = margin + index * rowHeight;
    const x = scale(bar.startMs);
    const length = Math.max(1, scale(bar.endMs) - x);
    const fill = colours[bar.outcome] ?? "#666";
    return [
      `<text x="${labelWidth - 8}" y="${y + 13}" text-anchor="end">${escapeText(bar.label)}</text>`,
      `<rect x="${x.toFixed(1)}" y="${y + 3}" width="${length.toFixed(1)}" height="13" fill="${fill}"/>`,
      `<text x="${(x + length + 5).toFixed(1)}" y="${y + 13}">${((bar.endMs - bar.startMs) / 1000).toFixed(1)} s</text>`,
    ].join("");
  };
  const moment = (ms: number | null, label: string): string =>
    ms === null
      ? ""
      : `<line x1="${scale(ms).toFixed(1)}" x2="${scale(ms).toFixed(1)}" y1="${margin - 8}" y2="${height - margin}" stroke="#b3261e" stroke-dasharray="3 3"/><text x="${scale(ms).toFixed(1)}" y="${margin - 12}" text-anchor="middle">${escapeText(label)} ${offset(ms)}</text>`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" font-family="sans-serif" font-size="11">`,
    "<title>Steps and phases of the run</title>",
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    ...bars.map(row),
    moment(timeline.lossMs, "loss"),
    moment(timeline.servedMs, "served"),
    "</svg>",
    "",
  ].join("\n");
}
