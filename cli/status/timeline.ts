import type { RepositoryStatus, ScheduleStatus } from "./types.ts";

const pastShare = 2 / 3;
const hourMs = 3_600_000;
const spanMs = 36 * hourMs;

const marks = {
  full: "F",
  diff: "D",
  incr: "I",
  verify: "V",
  "restore-test": "R",
  "logical-dump": "L",
} as const;

/**
 * A line a repository: what was made in the last day in capitals, what comes in
 * the next twelve hours in small letters. Where two fall on one column the more
 * important one shows, which is the first in `marks`.
 */
export function renderTimeline(
  repositories: readonly RepositoryStatus[],
  schedules: readonly ScheduleStatus[],
  nowMs: number,
  columns: number,
): readonly string[] {
  const label = 10;
  const width = Math.max(24, Math.min(columns, 110) - label);
  const now = Math.floor(width * pastShare);
  const fromMs = nowMs - spanMs * pastShare;
  const lines = repositories.map(({ repository, madeSets }) => {
    const cells = Array.from({ length: width }, () => "·");
    cells[now] = "|";
    const own = schedules.filter((one) => one.repository === repository);
    const events = [
      ...madeSets.map(({ type, stoppedAtMs }) => ({ atMs: stoppedAtMs, mark: marks[type] })),
      ...own.flatMap(({ kind, success, nextAtMs }) => [
        ...(kind in { verify: 0, "restore-test": 0, "logical-dump": 0 } &&
        "value" in success &&
        success.value !== null
          ? [{ atMs: success.value.endedAtMs, mark: marks[kind] }]
          : []),
        ...(nextAtMs === null ? [] : [{ atMs: nextAtMs, mark: marks[kind].toLowerCase() }]),
      ]),
    ];
    const order = "FDIVRLfdivrl";
    for (const { atMs, mark } of events.toSorted((a, b) => order.indexOf(b.mark) - order.indexOf(a.mark))) {
      const at = Math.floor(((atMs - fromMs) / spanMs) * width);
      if (at >= 0 && at < width && at !== now) cells[at] = mark;
    }
    return `${repository.padEnd(label)}${cells.join("")}`;
  });
  const scale = `${"".padEnd(label)}${"-24 h".padEnd(now)}now${"+12 h".padStart(width - now - 3)}`;
  return [
    ...lines,
    scale,
    "          F full, D differential, I incremental, V verify, R restore test, L dump; small: the next",
  ];
}
