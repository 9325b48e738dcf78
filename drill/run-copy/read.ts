import type { JournalEntry } from "../../contract/journal.ts";
import { manifestFile } from "../run-directory.ts";
import { copyKeys, journalPrefix, type RunStore, verdictPrefix } from "./store.ts";

/** A run as the third place has it. */
export interface RunCopy {
  readonly journalText: string;
  /** Keys that were written more than once: their first version is what is used. */
  readonly overwritten: readonly string[];
}

/** The journal's copy; null when nothing of that run is there. */
export async function readJournalCopy(
  store: RunStore,
  run: string,
  signal: AbortSignal,
): Promise<RunCopy | null> {
  const parts = await store.list(journalPrefix(run), signal);
  if (parts.length === 0) return null;
  const texts: string[] = [];
  // Some at a time: a run has hundreds of parts.
  for (let at = 0; at < parts.length; at += atOnce)
    texts.push(...(await Promise.all(parts.slice(at, at + atOnce).map((part) => store.read(part, signal)))));
  return {
    journalText: texts.join(""),
    overwritten: parts.filter(({ versions }) => versions > 1).map(({ key }) => key),
  };
}

const atOnce = 8;

/** The files that a journal names, each with the contents whose digest it gives; what is not there is left out. */
export async function readFileCopies(
  store: RunStore,
  run: string,
  entries: readonly JournalEntry[],
  signal: AbortSignal,
): Promise<readonly { readonly path: string; readonly text: string }[]> {
  const digests = new Map<string, string>();
  for (const entry of entries) {
    if (entry.kind === "evidence") digests.set(entry.path, entry.sha256);
    if (entry.kind === "close") digests.set(manifestFile, entry.manifestSha256);
  }
  const stored = new Map(
    (await store.list(`runs/${run}/files/`, signal)).map((copy) => [copy.key, copy] as const),
  );
  const found: { path: string; text: string }[] = [];
  for (const [path, digest] of digests) {
    const copy = stored.get(copyKeys.file(run, digest, path));
    if (copy !== undefined) found.push({ path, text: await store.read(copy, signal) });
  }
  return found;
}

/** Texts of verdict.json of every run that ended, by run id. */
export async function readVerdictCopies(
  store: RunStore,
  signal: AbortSignal,
): Promise<readonly { readonly run: string; readonly text: string }[]> {
  const copies = await store.list(verdictPrefix, signal);
  return Promise.all(
    copies.map(async (copy) => ({
      run: copy.key.slice(verdictPrefix.length, -".json".length),
      text: await store.read(copy, signal),
    })),
  );
}

/**
 * What the copy says against a journal. A journal may have gone further than its copy (the last second of a
 * killed run); it never says less or something else. A manifest or a journal made anew cannot be made to agree.
 */
export function contradictions(journalText: string, copy: RunCopy): readonly string[] {
  const problems = copy.overwritten.map((key) => `${key} was written over in the third place`);
  if (journalText.startsWith(copy.journalText)) return problems;
  if (copy.journalText.startsWith(journalText))
    return [...problems, "the journal ends before its copy in the third place"];
  const mine = journalText.split("\n");
  const theirs = copy.journalText.split("\n");
  const line = theirs.findIndex((text, index) => text !== mine[index]) + 1;
  return [...problems, `journal line ${line} differs from its copy in the third place`];
}
