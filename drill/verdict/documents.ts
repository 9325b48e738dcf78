import { z } from "zod";
import type { LedgerEntry } from "../../contract/ledger.ts";
import { judgeSeconds, type Measure, notJudged, seconds } from "./measure.ts";

/** What the third place holds of the documents after the recovery, as the step `measure` found it. */
export const documentsFoundSchema = z.object({
  /** Of the names that the ledger acknowledged: those that are stored. */
  stored: z.array(z.string()),
  /** Names that rows of the recovered database give. */
  rows: z.number().int(),
  /** Of those: not stored, with the time of the row, Unix milliseconds. */
  rowsWithoutFile: z.array(z.object({ name: z.string(), writtenAtMs: z.number() })),
});
export type DocumentsFound = z.infer<typeof documentsFoundSchema>;

export interface DocumentsLost {
  readonly acknowledged: number;
  readonly lost: number;
  readonly objectRpo: Measure;
}

/** Two of the prober's uploads, and the slowest seen: an acknowledgement this close before the loss proves that they went on. */
const lastUploadWithinMs = 15_000;

/**
 * Documents acknowledged before the loss whose files are not there after it. Counted apart from rows: a file whose row
 * was lost with the last seconds of WAL is no lost file. A hole, one that is missing below a present one, counts from
 * itself on: the object RPO is the age of the oldest missing file, or of the newest one that is there. A row of the
 * business that names a file that is not there is a missing file too, of the age of the row.
 */
export function countDocuments(args: {
  readonly entries: readonly LedgerEntry[];
  readonly found: DocumentsFound | null;
  readonly lossAtMs: number;
  readonly targetSeconds: number;
}): DocumentsLost | null {
  const { entries, found, lossAtMs, targetSeconds } = args;
  if (found === null) return null;
  const acks = entries.flatMap((entry) =>
    entry.kind === "document" && entry.ok && entry.name !== null && entry.atMs <= lossAtMs
      ? [{ name: entry.name, atMs: entry.atMs }]
      : [],
  );
  const stored = new Set(found.stored);
  const missing = acks.filter(({ name }) => !stored.has(name));
  const counted = { acknowledged: acks.length, lost: missing.length };
  const last = acks.at(-1);
  if (last === undefined || last.atMs < lossAtMs - lastUploadWithinMs)
    return {
      ...counted,
      objectRpo: notJudged(
        `no document was acknowledged in the ${lastUploadWithinMs / 1000} s before the loss`,
      ),
    };
  const firstMissing = missing[0];
  // All that was acknowledged is there: what was lost can only be younger than the last of it.
  const wholeUntilMs =
    firstMissing === undefined
      ? last.atMs
      : (acks.findLast(({ atMs, name }) => atMs < firstMissing.atMs && stored.has(name))?.atMs ?? null);
  if (wholeUntilMs === null)
    return {
      ...counted,
      objectRpo: { seconds: null, judgement: "missed", reason: "no document of this run is there" },
    };
  const wholeMs = found.rowsWithoutFile.reduce(
    (oldest, row) => Math.min(oldest, row.writtenAtMs),
    wholeUntilMs,
  );
  return { ...counted, objectRpo: judgeSeconds(seconds(lossAtMs - wholeMs), targetSeconds) };
}
