import { stripVTControlCharacters } from "node:util";
import type { Progress, ProgressEvent } from "./event.ts";
import { plainLine } from "./plain.ts";
import { sayDuration } from "./words.ts";

interface Running {
  readonly event: ProgressEvent;
  readonly startedAt: number;
  note: string;
}

const FRAMES = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"] as const;
const REDRAW_MS = 120;
const HIDE_CURSOR = "\x1b[?25l";
const SHOW_CURSOR = "\x1b[?25h";

/**
 * What is finished scrolls away as ordinary lines; only what still runs is redrawn
 * below it. So the scrollback is whole, and a crash leaves nothing half drawn above.
 */
export function listRenderer(stream: NodeJS.WritableStream & { readonly columns?: number }): Progress {
  const running = new Map<string, Running>();
  let drawn = 0;
  let frame = 0;
  let timer: NodeJS.Timeout | undefined;

  const width = (): number => stream.columns ?? 80;
  const erase = (): string => (drawn === 0 ? "" : `\x1b[${drawn}F\x1b[0J`);
  const draw = (above: string): void => {
    const lines = [...running.values()].map((entry) => fit(runningLine(entry, frame), width()));
    stream.write(`${erase()}${above}${lines.map((line) => `${line}\n`).join("")}`);
    drawn = lines.length;
  };
  const stop = (): void => {
    if (timer === undefined) return;
    clearInterval(timer);
    timer = undefined;
    stream.write(SHOW_CURSOR);
  };
  const tick = (): void => {
    frame = (frame + 1) % FRAMES.length;
    draw("");
  };

  return {
    report(event) {
      const entry = running.get(event.id);
      if (event.kind === "start") {
        running.set(event.id, { event, startedAt: Date.now(), note: "" });
        if (timer === undefined) {
          stream.write(HIDE_CURSOR);
          timer = setInterval(tick, REDRAW_MS);
          timer.unref(); // drawing never keeps the process alive
        }
        draw("");
      } else if (event.kind === "note" && entry !== undefined) {
        entry.note = event.message ?? "";
        draw("");
      } else {
        running.delete(event.id);
        draw(`${finishedLine(event)}\n`);
        if (running.size === 0) stop();
      }
    },
    close() {
      running.clear();
      draw("");
      stop();
    },
  };
}

function runningLine({ event, startedAt, note }: Running, frame: number): string {
  const elapsed = Date.now() - startedAt;
  const expected =
    event.expectedMs === undefined ? "first time here" : `of about ${sayDuration(event.expectedMs)}`;
  return `\x1b[36m${FRAMES[frame]}\x1b[0m ${event.title}  \x1b[2m${sayDuration(elapsed)}, ${expected}  ${note}\x1b[0m`;
}

function finishedLine(event: ProgressEvent): string {
  const took = event.ms === undefined ? "" : `  \x1b[2m${sayDuration(event.ms)}\x1b[0m`;
  const message = event.message === undefined ? "" : `  ${event.message}`;
  switch (event.kind) {
    case "done":
      return `\x1b[32m✔\x1b[0m ${event.title}${took}${message}`;
    case "reused":
      return `\x1b[2m✔ ${event.title}  already there\x1b[0m`;
    case "failed":
      return `\x1b[31m✘ ${event.title}\x1b[0m${took}${message}`;
    case "start":
    case "note":
      return plainLine(event);
  }
}

/** Cut by what is seen: a line that wraps would break the counting of drawn lines. */
function fit(line: string, columns: number): string {
  if (stripVTControlCharacters(line).length < columns) return line;
  return `${stripVTControlCharacters(line).slice(0, Math.max(0, columns - 2))}…`;
}
