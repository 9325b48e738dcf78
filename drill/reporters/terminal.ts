import type { OnEvent, RunEvent } from "../events.ts";
import type { StepOutcome } from "../outcome.ts";
import { marks, words } from "./words.ts";

export interface Terminal {
  write(text: string): void;
  readonly columns: number;
  readonly rows: number;
}

type Task =
  | { readonly state: "waiting" }
  | { readonly state: "running"; readonly sinceMs: number; readonly message: string }
  | { readonly state: "ended"; readonly outcome: StepOutcome; readonly tookMs: number };

const csi = "\u001b[";
const colours = { passed: "32", failed: "31", timedOut: "31", skipped: "90", cancelled: "33" } as const;

/**
 * A live task list: what ended scrolls up and stays, what runs is redrawn below
 * with elapsed and usual time. `tick` redraws the clock between events.
 */
export function createTerminalReporter(
  terminal: Terminal,
  elapsedMs: () => number,
): { readonly onEvent: OnEvent; readonly tick: () => void } {
  const titles = new Map<string, { readonly title: string; readonly expectedMs: number | null }>();
  const tasks = new Map<string, Task>();
  let drawnLines = 0;

  const erase = (): string => (drawnLines === 0 ? "" : `${csi}${drawnLines}A${csi}0J`);
  const fit = (line: string): string =>
    line.length <= terminal.columns - 1 ? line : `${line.slice(0, terminal.columns - 2)}…`;

  const live = (): readonly string[] => {
    const lines: string[] = [];
    for (const [id, task] of tasks)
      if (task.state === "running") {
        const usual = titles.get(id)?.expectedMs ?? null;
        const time = `${words(Math.max(0, elapsedMs() - task.sinceMs))}${usual === null ? "" : ` of about ${words(usual)}`}`;
        lines.push(fit(`  > ${titles.get(id)?.title ?? id} (${time})`));
        if (task.message !== "") lines.push(fit(`      ${task.message}`));
      }
    const next = [...tasks].filter(([, task]) => task.state === "waiting");
    const first = next[0];
    if (first !== undefined)
      lines.push(fit(`    ${next.length} to come, next: ${titles.get(first[0])?.title ?? first[0]}`));
    // Never taller than the screen: cursor movements cannot reach what scrolled away.
    return lines.slice(0, Math.max(1, terminal.rows - 1));
  };

  const draw = (settled: readonly string[]): void => {
    const lines = live();
    terminal.write(`${erase()}${[...settled, ...lines].map((line) => `${line}\n`).join("")}`);
    drawnLines = lines.length;
  };

  const settle = (event: RunEvent): readonly string[] => {
    switch (event.kind) {
      case "run":
        for (const { id, title, expectedMs } of event.steps) {
          titles.set(id, { title, expectedMs });
          tasks.set(id, { state: "waiting" });
        }
        return [`run ${event.run}: ${event.scenario} (${event.directory})`];
      case "started":
        tasks.set(event.step, { state: "running", sinceMs: event.atMs, message: "" });
        return [];
      case "progress": {
        const task = tasks.get(event.step);
        if (task?.state === "running") tasks.set(event.step, { ...task, message: event.message });
        return [];
      }
      case "ended": {
        const { kind, reason } = event.outcome;
        tasks.set(event.step, {
          state: "ended",
          outcome: event.outcome,
          tookMs: event.endMs - event.startMs,
        });
        const took = kind === "skipped" ? "" : ` ${words(event.endMs - event.startMs)}`;
        const mark = `${csi}${colours[kind]}m${marks[kind].padStart(9)}${csi}0m`;
        return [
          `${mark} ${titles.get(event.step)?.title ?? event.step}${took}${reason === null ? "" : `: ${reason}`}`,
        ];
      }
      case "finding":
        return [`  ${event.severity}: ${event.what}`];
      case "rollback":
        return event.ok ? [] : [`  undo of ${event.step} failed: ${event.reason ?? "no reason"}`];
      case "interrupted":
        return [`  stopped: ${event.reason}`];
      case "finished":
        tasks.clear();
        return event.lines;
    }
  };

  return { onEvent: (event) => draw(settle(event)), tick: () => draw([]) };
}
