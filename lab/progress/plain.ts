import type { Progress, ProgressEvent } from "./event.ts";
import { sayDuration } from "./words.ts";

/** One line an event, each whole by itself, so that a log can be searched and cut anywhere. */
export function plainRenderer(stream: NodeJS.WritableStream): Progress {
  let closed = false;
  return {
    report(event) {
      if (!closed) stream.write(`${plainLine(event)}\n`);
    },
    close() {
      closed = true;
    },
  };
}

export function plainLine(event: ProgressEvent): string {
  const message = event.message === undefined ? "" : `: ${event.message}`;
  const took = event.ms === undefined ? "" : ` (${sayDuration(event.ms)})`;
  switch (event.kind) {
    case "start": {
      const last =
        event.expectedMs === undefined ? "first time here" : `last time ${sayDuration(event.expectedMs)}`;
      return `start   ${event.title} (${last})${message}`;
    }
    case "done":
      return `done    ${event.title}${took}${message}`;
    case "reused":
      return `reused  ${event.title}${message}`;
    case "failed":
      return `FAILED  ${event.title}${took}${message}`;
    case "note":
      return `        ${event.title}${message}`;
    default:
      return assertNever(event.kind);
  }
}

function assertNever(value: never): never {
  throw new Error(`unknown progress event ${String(value)}`);
}
