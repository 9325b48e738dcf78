import { join } from "node:path";
import { type JournalEntry, type JournalRecord, journalEntrySchema } from "../contract/journal.ts";
import { chainOrigin, hashLine } from "../contract/ledger-chain.ts";
import type { Clock } from "./ports.ts";
import { journalFile, openAppend } from "./run-directory.ts";

export interface Journal {
  append(record: JournalRecord): void;
  /** Monotonic offset since the journal was opened. */
  offsetMs(): number;
  close(): void;
}

/** Created before step 1; its first record must be `open`. */
export function createJournal(directory: string, clock: Clock): Journal {
  const file = openAppend(join(directory, journalFile));
  const t0 = clock.monotonic();
  const offsetMs = (): number => Math.round((clock.monotonic() - t0) * 1000) / 1000;
  let prev = chainOrigin;
  let seq = 0;
  return {
    offsetMs,
    append(record) {
      const line = JSON.stringify({ seq, prev, atMs: offsetMs(), ...record });
      file.append(line);
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
