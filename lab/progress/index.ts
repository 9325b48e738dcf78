import type { Progress } from "./event.ts";
import { listRenderer } from "./list.ts";
import { plainRenderer } from "./plain.ts";

export type { Progress, ProgressEvent } from "./event.ts";

export interface ProgressOptions {
  readonly stream: NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };
  /** @default whether the stream is a terminal */
  readonly interactive?: boolean;
}

/** A task list on a terminal, plain lines elsewhere (a pipe, a file, CI). */
export function createProgress(options: ProgressOptions): Progress {
  const interactive = options.interactive ?? options.stream.isTTY === true;
  return withoutRepeats(interactive ? listRenderer(options.stream) : plainRenderer(options.stream));
}

/** Several others may ask for the same thing once it is there: it is said once that it is. */
function withoutRepeats(renderer: Progress): Progress {
  const there = new Set<string>();
  return {
    report(event) {
      if (event.kind === "reused" && there.has(event.id)) return;
      if (event.kind === "reused" || event.kind === "done") there.add(event.id);
      renderer.report(event);
    },
    close: () => renderer.close(),
  };
}

/** For callers that want no report. */
export const silentProgress: Progress = { report: () => {}, close: () => {} };
