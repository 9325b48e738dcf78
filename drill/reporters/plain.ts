import type { OnEvent } from "../events.ts";
import { marks, words } from "./words.ts";

/** One line an event, for logs and pipelines; nothing is ever overwritten. */
export function createPlainReporter(write: (line: string) => void): OnEvent {
  const titles = new Map<string, string>();
  const expected = new Map<string, number | null>();
  return (event) => {
    switch (event.kind) {
      case "run":
        for (const { id, title, expectedMs } of event.steps) {
          titles.set(id, title);
          expected.set(id, expectedMs);
        }
        write(
          `run ${event.run}: ${event.scenario}, ${event.steps.length} steps, journal in ${event.directory}`,
        );
        break;
      case "started": {
        const usual = expected.get(event.step) ?? null;
        write(
          `start   ${event.step}: ${titles.get(event.step) ?? ""}${usual === null ? "" : ` (about ${words(usual)})`}`,
        );
        break;
      }
      case "progress":
        write(`        ${event.step}: ${event.message}`);
        break;
      case "ended": {
        const { kind, reason } = event.outcome;
        const took = kind === "skipped" ? "" : ` after ${words(event.endMs - event.startMs)}`;
        write(`${marks[kind].padEnd(7)} ${event.step}${took}${reason === null ? "" : `: ${reason}`}`);
        break;
      }
      case "finding":
        write(`finding ${event.step}: ${event.severity}: ${event.what}`);
        break;
      case "rollback":
        write(`undo    ${event.step}: ${event.ok ? "done" : `FAILED: ${event.reason ?? "no reason"}`}`);
        break;
      case "interrupted":
        write(`stopped ${event.reason}`);
        break;
      case "finished":
        for (const line of event.lines) write(line);
        break;
    }
  };
}
