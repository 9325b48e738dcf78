import type { Verdict } from "../../contract/verdict.ts";
import { escapeText } from "../escape.ts";

type Piece = NonNullable<Verdict["criticalPath"]>[number];
type UpResource = NonNullable<Verdict["upResources"]>[number];

const width = 1000;
const left = 210;
const right = 70;
const rowHeight = 22;
const top = 30;

export const pathWords =
  "The critical path from the loss to the first user served, each piece a row: the next begins where it ends. Below, lighter, what the up changed meanwhile, resource by resource.";

/** The path as a staircase, and the resources of the `up` on the same axis. */
export function pathChart(path: readonly Piece[], resources: readonly UpResource[]): string {
  const endSeconds = Math.max(1, ...[...path, ...resources].map((one) => one.endSeconds));
  const x = (seconds: number): number => left + (Math.max(0, seconds) / endSeconds) * (width - left - right);
  const rows = [
    ...path.map(({ phase, ...times }) => ({
      ...times,
      label: phase,
      name: phase === "unattributed" ? "cancelled" : "bar",
    })),
    ...resources.map(({ name, ...times }) => ({ ...times, label: name, name: "bar2" })),
  ];
  const height = top + rows.length * rowHeight + 8;
  const drawn = rows.map(({ label, name, startSeconds, endSeconds: end }, index) => {
    const y = top + index * rowHeight;
    const from = x(startSeconds);
    const length = Math.max(1.5, x(end) - from);
    return `<text x="${left - 8}" y="${y + 14}" text-anchor="end">${escapeText(label)}</text><rect class="${name}" x="${from.toFixed(1)}" y="${y + 4}" width="${length.toFixed(1)}" height="13" rx="2"/><text class="soft" x="${(from + length + 5).toFixed(1)}" y="${y + 14}">${(end - startSeconds).toFixed(1)} s</text>`;
  });
  const last = path.at(-1)?.endSeconds ?? 0;
  const moment = (seconds: number, words: string, name: string): string =>
    `<line class="${name}" x1="${x(seconds).toFixed(1)}" x2="${x(seconds).toFixed(1)}" y1="${top - 8}" y2="${height - 4}"/><text x="${x(seconds).toFixed(1)}" y="${top - 12}" text-anchor="middle">${words}</text>`;
  return `<svg viewBox="0 0 ${width} ${height}" role="img" font-size="12"><title>The critical path from the loss to the first user served</title>${drawn.join("")}${moment(0, "loss", "loss")}${moment(last, `+${last.toFixed(1)} s`, "served")}</svg>`;
}
