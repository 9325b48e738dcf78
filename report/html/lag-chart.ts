import type { LagPoint } from "../../drill/verdict/archive-lag.ts";

/** More points than this are closer than a line is thick: the worst of those that fall together is drawn. */
const mostPoints = 240;

/**
 * What a loss would have taken at each second before it, as a line that falls when a segment is stored.
 *
 * @param points at least one
 * @param width of the picture; its text has one size at every width
 */
export function lagChart(points: readonly LagPoint[], width: number): string {
  const [left, right, top, bottom, height] = [44, 12, 24, 28, 170];
  const size = Math.ceil(points.length / mostPoints);
  const drawn = Array.from({ length: Math.ceil(points.length / size) }, (_, index) =>
    points
      .slice(index * size, (index + 1) * size)
      .reduce((worst, point) => (point.behindSeconds > worst.behindSeconds ? point : worst)),
  );
  const first = points[0]?.second ?? 0;
  const most = Math.max(1, ...drawn.map(({ behindSeconds }) => behindSeconds));
  const floor = height - bottom;
  const x = (second: number): number =>
    left + ((second - first) / Math.max(1, -first)) * (width - left - right);
  const y = (behindSeconds: number): number => floor - (behindSeconds / most) * (floor - top);
  const path = drawn
    .map(({ second, behindSeconds }) => `${x(second).toFixed(1)} ${y(behindSeconds).toFixed(1)}`)
    .join("L");
  const text = (at: number, down: number, anchor: string, what: string, name = "soft"): string =>
    `<text class="${name}" x="${at}" y="${down}" text-anchor="${anchor}">${what}</text>`;
  return [
    `<svg viewBox="0 0 ${width} ${height}" role="img" font-size="13"><title>Seconds by which the archive was behind, before the loss</title>`,
    `<line class="axis" x1="${left}" x2="${width - right}" y1="${floor}" y2="${floor}"/>`,
    text(left - 6, top + 4, "end", `${Math.round(most)} s`),
    text(left - 6, floor, "end", "0"),
    `<path class="lag" d="M${path}"/>`,
    text(left, height - 6, "start", `${first} s`),
    `<line class="loss" x1="${width - right}" x2="${width - right}" y1="${top - 6}" y2="${floor}"/>`,
    text(width - right, top - 10, "end", "loss", "loss-name"),
    "</svg>",
  ].join("");
}
