import { join } from "node:path";
import { type JournalEntry, type JournalRecord, journalEntrySchema } from "../contract/journal.ts";
import { chainOrigin, hashLine } from "../contract/ledger-chain.ts";
import type { Clock } from "./ports/host.ts";
import { journalFile, openAppend, readTextIfThere, reopenAppend } from "./run-directory.ts";

export interface Journal {
  append(record: JournalRecord): void;
  /** Monotonic offset since the journal was opened. */
  offsetMs(): number;
  close(): void;
}

/** Told of every line once it is on disk. */
export type OnLine = (seq: number, line: string) => void;

/** Created before step 1; its first record must be `open`. */
export function createJournal(directory: string, clock: Clock, onLine: OnLine = () => undefined): Journal {
  const file = openAppend(join(directory, journalFile));
  return writeJournal(file, clock, onLine, { seq: 0, prev: chainOrigin, offsetMs: 0 });
}

/**
 * Goes on with the journal of a run whose process died: the chain from its last line, and the run's clock by the
 * wall clock, because the two processes share no other. A line that was torn by the death is cut off.
 */
export function reopenJournal(directory: string, clock: Clock, onLine: OnLine = () => undefined): Journal {
  const path = join(directory, journalFile);
  const text = readTextIfThere(path) ?? "";
  const { entries, problems } = verifyJournal(text);
  const [open, last] = [entries[0], entries.at(-1)];
  if (problems.length > 0 || open?.kind !== "open" || last === undefined)
    throw new Error(`a journal that does not hold is not gone on with: ${problems[0] ?? "it is empty"}`);
  const whole = text.slice(0, text.lastIndexOf("\n") + 1);
  const prev = hashLine(whole.slice(whole.lastIndexOf("\n", whole.length - 2) + 1, -1));
  const offsetMs = Math.max(clock.now() - open.anchorMs, last.atMs);
  const file = reopenAppend(path, Buffer.byteLength(whole));
  return writeJournal(file, clock, onLine, { seq: entries.length, prev, offsetMs });
}

function writeJournal(
  file: ReturnType<typeof openAppend>,
  clock: Clock,
  onLine: OnLine,
  from: { readonly seq: number; readonly prev: string; readonly offsetMs: number },
): Journal {
  const t0 = clock.monotonic() - from.offsetMs;
  const offsetMs = (): number => Math.round((clock.monotonic() - t0) * 1000) / 1000;
  let { prev, seq } = from;
  return {
    offsetMs,
    append(record) {
      const line = JSON.stringify({ seq, prev, atMs: offsetMs(), ...record });
      file.append(line);
      onLine(seq, line);
      prev = hashLine(line);
      seq += 1;
    },
    close: () => file.close(),
  };
}

export interface JournalReading {
  readonly entries: readonly JournalEntry[];
  /** Empty when the chain holds from the first line to the last. */
  readonly problems: readonly string[];
  /** A last line without its end: the process was killed while writing. Not tampering. */
  readonly torn: boolean;
}

/** Checks numbering, chain, shape, and that the first entry opens the run and only the last closes it. */
export function verifyJournal(text: string): JournalReading {
  const torn = text.length > 0 && !text.endsWith("\n");
  const lines = text.split("\n");
  lines.pop();
  const entries: JournalEntry[] = [];
  const problems: string[] = [];
  let prev = chainOrigin;
  for (const [index, line] of lines.entries()) {
    const parsed = parseLine(line);
    if (parsed === null) problems.push(`journal line ${index + 1} is not an entry`);
    else {
      if (parsed.seq !== index) problems.push(`journal line ${index + 1} has number ${parsed.seq}`);
      if (parsed.prev !== prev) problems.push(`journal line ${index + 1} does not follow the line before it`);
      if ((parsed.kind === "open") !== (index === 0))
        problems.push(`journal line ${index + 1} is out of place`);
      entries.push(parsed);
    }
    prev = hashLine(line);
  }
  const closing = entries.findIndex((entry) => entry.kind === "close");
  if (closing !== -1 && closing !== entries.length - 1) problems.push("journal goes on after it was closed");
  return { entries, problems, torn };
}

function parseLine(line: string): JournalEntry | null {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return null; // reported by the caller as a line that is not an entry
  }
  const parsed = journalEntrySchema.safeParse(value);
  return parsed.success ? parsed.data : null;
}
