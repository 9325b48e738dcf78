import type { OnEvent } from "../../drill/events.ts";
import { createJsonReporter } from "../../drill/reporters/json.ts";
import { createPlainReporter } from "../../drill/reporters/plain.ts";
import { createTerminalReporter } from "../../drill/reporters/terminal.ts";

const redrawMs = 500;

export interface Reporter {
  readonly onEvent: OnEvent;
  readonly close: () => void;
}

/** Live on a terminal, a line an event elsewhere, JSON for programs. */
export function createReporter(stream: NodeJS.WriteStream, json: boolean): Reporter {
  const writeLine = (line: string): void => void stream.write(`${line}\n`);
  if (json) return { onEvent: createJsonReporter(writeLine), close: () => undefined };
  if (!stream.isTTY) return { onEvent: createPlainReporter(writeLine), close: () => undefined };
  const startedAt = performance.now();
  const { onEvent, tick } = createTerminalReporter(
    {
      write: (text) => void stream.write(text),
      get columns() {
        return stream.columns;
      },
      get rows() {
        return stream.rows;
      },
    },
    () => performance.now() - startedAt,
  );
  const timer = setInterval(tick, redrawMs);
  return { onEvent, close: () => clearInterval(timer) };
}
