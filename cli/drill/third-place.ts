import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Verdict } from "../../contract/verdict.ts";
import { createRunStore } from "../../drill/adapters/run-store.ts";
import { verifyJournal } from "../../drill/journal.ts";
import { PortError } from "../../drill/ports/port-error.ts";
import {
  contradictions,
  readFileCopies,
  readJournalCopy,
  readVerdictCopies,
} from "../../drill/run-copy/read.ts";
import { copyKeys, type RunStore } from "../../drill/run-copy/store.ts";
import { journalFile, readTextIfThere, writeWhole } from "../../drill/run-directory.ts";
import { UserError } from "../../errors/user-error.ts";
import { readLabPlaces } from "../drill-ports.ts";

/** The copies of runs in the third place's locked bucket, from this machine. */
export interface RunsInThirdPlace {
  readonly store: RunStore;
  /** Puts a run's verdict beside its copy; a store that does not answer is said on standard error and no more. */
  keepVerdict(verdict: Verdict): Promise<void>;
}

const { signal } = new AbortController();

export async function createRunStoreHere(repositoryRoot: string): Promise<RunsInThirdPlace> {
  const places = await readLabPlaces(repositoryRoot);
  const store = createRunStore(places.offsite, places.ca);
  return {
    store,
    async keepVerdict(verdict) {
      try {
        await store.add(copyKeys.verdict(verdict.id), `${JSON.stringify(verdict, null, 2)}\n`, signal);
      } catch (error) {
        if (!(error instanceof PortError)) throw error;
        process.stderr.write(`warning: the verdict is not in the third place: ${error.message}\n`);
      }
    },
  };
}

/**
 * A run's directory out of the third place, made below `runs`, or what is there completed. A directory that says
 * something else than the copy is refused: one of them was changed.
 */
export async function fetchRun(
  store: RunStore,
  run: string,
  runs: string,
): Promise<{ readonly directory: string; readonly copiedLines: number }> {
  const directory = join(runs, run);
  const mine = readTextIfThere(join(directory, journalFile));
  const copy = await readJournalCopy(store, run, signal);
  if (copy === null) {
    if (mine !== null) return { directory, copiedLines: 0 };
    throw new UserError("RUN_NOT_FOUND", {
      what: "there is no such run, here or in the third place",
      got: run,
    });
  }
  // A directory may be behind: the run went on elsewhere. It may not say something else.
  const problems = mine === null || copy.journalText.startsWith(mine) ? [] : contradictions(mine, copy);
  if (problems[0] !== undefined)
    throw new UserError("RUN_TAMPERED", { what: problems.slice(0, 3).join("; "), got: directory });
  const { entries, problems: broken } = verifyJournal(copy.journalText);
  if (broken[0] !== undefined)
    throw new UserError("RUN_TAMPERED", { what: `the copy in the third place: ${broken[0]}`, got: run });
  if (!existsSync(directory)) mkdirSync(join(directory, "evidence"), { recursive: true });
  for (const { path, text } of await readFileCopies(store, run, entries, signal))
    if (!existsSync(join(directory, path))) writeWhole(join(directory, path), text);
  if (mine === null || mine.length < copy.journalText.length)
    writeWhole(join(directory, journalFile), copy.journalText);
  return { directory, copiedLines: entries.length };
}

/** What the copy says against a directory; null where there is no copy, or it cannot be asked. */
export async function compareWithCopy(
  repositoryRoot: string,
  run: string,
  directory: string,
): Promise<{ readonly problems: readonly string[] } | { readonly unknown: string }> {
  try {
    const { store } = await createRunStoreHere(repositoryRoot);
    const copy = await readJournalCopy(store, run, signal);
    if (copy === null) return { unknown: "the third place has no copy of this run" };
    return { problems: contradictions(readTextIfThere(join(directory, journalFile)) ?? "", copy) };
  } catch (error) {
    if (!(error instanceof PortError || error instanceof UserError)) throw error;
    return { unknown: error.message.split("\n")[0] ?? "" };
  }
}

/** Verdicts of every run that ended, from the third place. */
export async function verdictsInThirdPlace(
  repositoryRoot: string,
): Promise<readonly { readonly text: string }[]> {
  const { store } = await createRunStoreHere(repositoryRoot);
  return readVerdictCopies(store, signal);
}
