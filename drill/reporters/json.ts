import type { OnEvent } from "../events.ts";

/** Each event as one line of JSON, for programs that follow a run. */
export function createJsonReporter(write: (line: string) => void): OnEvent {
  return (event) => write(JSON.stringify(event));
}
