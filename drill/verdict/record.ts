import { existsSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { z } from "zod";
import { type Archived, archivedSchema } from "../../contract/archived.ts";
import { type Floor, floorSchema } from "../../contract/floor.ts";
import { type Forecast, forecastSchema } from "../../contract/forecast.ts";
import type { JournalEntry } from "../../contract/journal.ts";
import { type Present, presentSchema } from "../../contract/ledger.ts";
import { UserError } from "../../errors/user-error.ts";
import { type FactReader, isFactName, readFacts } from "../facts.ts";
import { verifyJournal } from "../journal.ts";
import { compareEvidence } from "../manifest.ts";
import {
  activationEvidence,
  archivedEvidence,
  documentsEvidence,
  floorEvidence,
  forecastEvidence,
  hashEvidence,
  journalFile,
  ledgerEvidence,
  manifestFile,
  presentEvidence,
  readTextIfThere,
} from "../run-directory.ts";
import { type DocumentsFound, documentsFoundSchema } from "./documents.ts";
import { type EngineTimes, engineTimes } from "./engine.ts";
import { type LedgerReading, verifyLedger } from "./ledger.ts";

export type OpenEntry = Extract<JournalEntry, { kind: "open" }>;
export type CloseEntry = Extract<JournalEntry, { kind: "close" }>;

/** A run's directory, read and checked: all that the judge and the report go by. */
export interface RunRecord {
  readonly id: string;
  readonly open: OpenEntry;
  readonly entries: readonly JournalEntry[];
  readonly close: CloseEntry | null;
  readonly facts: FactReader;
  /** Null when the run ended before the prober's ledger was collected. */
  readonly ledger: LedgerReading | null;
  readonly present: readonly Present[] | null;
  readonly documents: DocumentsFound | null;
  /** Null in runs of an older version. */
  readonly forecast: Forecast | null;
  readonly floor: Floor | null;
  /** Null in runs of an older version, too. */
  readonly archived: Archived | null;
  /** The engine's own times of the `up` that promoted. */
  readonly engine: EngineTimes;
  readonly problems: {
    readonly journal: readonly string[];
    readonly ledger: readonly string[];
    readonly evidence: readonly string[];
  };
}

export function entriesOf<K extends JournalEntry["kind"]>(
  record: RunRecord,
  kind: K,
): readonly Extract<JournalEntry, { kind: K }>[] {
  return record.entries.filter((entry): entry is Extract<JournalEntry, { kind: K }> => entry.kind === kind);
}

/** Wall time of an offset of this run. */
export function wallMs(record: RunRecord, offsetMs: number): number {
  return record.open.anchorMs + offsetMs;
}

/** `copyProblems`: what the run's copy in the third place says against the directory. */
export function readRun(directory: string, copyProblems: readonly string[] = []): RunRecord {
  if (!existsSync(directory))
    throw new UserError("RUN_NOT_FOUND", { what: "there is no such run", got: directory });
  const text = readTextIfThere(join(directory, journalFile));
  if (text === null) throw tampered("the run has no journal", directory);
  return buildRecord({
    id: basename(resolve(directory)),
    journalText: text,
    ledgerText: readTextIfThere(join(directory, ledgerEvidence)),
    presentText: readTextIfThere(join(directory, presentEvidence)),
    documentsText: readTextIfThere(join(directory, documentsEvidence)),
    forecastText: readTextIfThere(join(directory, forecastEvidence)),
    floorText: readTextIfThere(join(directory, floorEvidence)),
    archivedText: readTextIfThere(join(directory, archivedEvidence)),
    engineText: readTextIfThere(join(directory, activationEvidence)),
    manifestText: readTextIfThere(join(directory, manifestFile)),
    onDisk: hashEvidence(directory),
    copyProblems,
  });
}

export interface RunFiles {
  readonly id: string;
  readonly journalText: string;
  readonly ledgerText: string | null;
  readonly presentText: string | null;
  readonly documentsText: string | null;
  readonly forecastText: string | null;
  readonly floorText: string | null;
  readonly archivedText: string | null;
  readonly engineText: string | null;
  readonly manifestText: string | null;
  readonly copyProblems?: readonly string[];
  readonly onDisk: readonly { readonly path: string; readonly sha256: string }[];
}

/** Pure: the same files give the same record. */
export function buildRecord(files: RunFiles): RunRecord {
  const { entries, problems, torn } = verifyJournal(files.journalText);
  const open = entries.find((entry) => entry.kind === "open");
  if (open === undefined) throw tampered("the run's journal does not say how it began", files.id);
  const close = entries.find((entry) => entry.kind === "close") ?? null;
  const journalProblems = [...problems, ...(files.copyProblems ?? [])];
  if (open.run !== files.id) journalProblems.push(`the journal is of run ${open.run}, not ${files.id}`);
  if (torn && close !== null) journalProblems.push("the journal goes on after it was closed");
  const ledger = files.ledgerText === null ? null : verifyLedger(files.ledgerText);
  const recorded = entries.filter((entry) => entry.kind === "evidence");
  return {
    id: files.id,
    open,
    entries,
    close,
    facts: readFacts(entries.filter((entry) => entry.kind === "fact" && isFactName(entry.name)).map(asFact)),
    ledger,
    present: parsed(z.array(presentSchema), files.presentText),
    documents: parsed(documentsFoundSchema, files.documentsText),
    forecast: parsed(forecastSchema, files.forecastText),
    floor: parsed(floorSchema, files.floorText),
    archived: parsed(archivedSchema, files.archivedText),
    engine: engineTimes(files.engineText),
    problems: {
      journal: journalProblems,
      ledger: ledger?.problems ?? [],
      evidence: compareEvidence({
        recorded,
        onDisk: files.onDisk,
        manifestText: files.manifestText,
        manifestSha256: close?.manifestSha256 ?? null,
      }),
    },
  };
}

function asFact(entry: JournalEntry): { readonly name: string; readonly value: unknown } {
  return entry.kind === "fact" ? { name: entry.name, value: entry.value } : { name: "", value: null };
}

/** A file that cannot be read counts as missing: what follows from it is then not judged. */
function parsed<T>(schema: z.ZodType<T>, text: string | null): T | null {
  if (text === null) return null;
  try {
    return schema.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

function tampered(what: string, got: string): UserError {
  return new UserError("RUN_TAMPERED", { what, got });
}
