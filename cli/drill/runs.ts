import { existsSync, readdirSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import type { JournalEntry } from "../../contract/journal.ts";
import { type Verdict, verdictSchema } from "../../contract/verdict.ts";
import { verifyJournal } from "../../drill/journal.ts";
import { journalFile, readTextIfThere, writeWhole } from "../../drill/run-directory.ts";
import { judgeRun } from "../../drill/verdict/judge.ts";
import { readRun } from "../../drill/verdict/record.ts";
import { UserError } from "../../errors/user-error.ts";
import { renderReport } from "../../report/files.ts";
import { pointOf } from "../../report/html/page.ts";

const historyMost = 10;

/** Journals of earlier runs of a scenario, newest first; what cannot be read forecasts nothing. */
export async function earlierRuns(
  runs: string,
  scenario: string,
): Promise<readonly (readonly JournalEntry[])[]> {
  if (!existsSync(runs)) return [];
  const found: { readonly anchorMs: number; readonly entries: readonly JournalEntry[] }[] = [];
  for (const name of await readdir(runs)) {
    const path = join(runs, name, journalFile);
    if (!existsSync(path)) continue;
    const { entries, problems } = verifyJournal(await readFile(path, "utf8"));
    const open = entries[0];
    if (problems.length === 0 && open?.kind === "open" && open.scenario === scenario)
      found.push({ anchorMs: open.anchorMs, entries });
  }
  return found
    .sort((a, b) => b.anchorMs - a.anchorMs)
    .slice(0, historyMost)
    .map(({ entries }) => entries);
}

export function isHere(run: string, runs: string): boolean {
  return existsSync(join(runs, run)) || existsSync(run);
}

/** A run by its id below `runs`, or by its directory. */
export function findRun(run: string, runs: string): string {
  for (const directory of [join(runs, run), run]) if (existsSync(directory)) return directory;
  throw new UserError("RUN_NOT_FOUND", {
    what: "there is no such run",
    got: run,
    hint: `list the runs: ls ${runs}`,
  });
}

/** Judges a run from its directory and nothing else; writes verdict.json. */
export function judge(directory: string, copyProblems: readonly string[] = []): Verdict {
  const verdict = judgeRun(readRun(directory, copyProblems));
  writeWhole(join(directory, "verdict.json"), `${JSON.stringify(verdict, null, 2)}\n`);
  return verdict;
}

/** Judges, and draws every file of the report. */
export function report(directory: string, copyProblems: readonly string[] = []): Verdict {
  const record = readRun(directory, copyProblems);
  const verdict = judge(directory, copyProblems);
  const runs = dirname(resolve(directory));
  const before = readVerdicts(runs)
    .filter(({ scenario, startedAt }) => scenario === verdict.scenario && startedAt < verdict.startedAt)
    .slice(-historyMost);
  const earlier = judgedAgain(runs, before).map(pointOf);
  for (const [name, text] of Object.entries(renderReport(record, verdict, earlier)))
    writeWhole(join(directory, name), text);
  return verdict;
}

/** The verdicts of all runs below a folder, oldest first; what cannot be read is left out. */
export function readVerdicts(runs: string): readonly Verdict[] {
  if (!existsSync(runs)) return [];
  return parseVerdicts(
    readdirSync(runs)
      .map((name) => readTextIfThere(join(runs, name, "verdict.json")))
      .filter((text) => text !== null),
  );
}

/**
 * Those verdicts as their runs' directories say them today: verdict.json is a copy that anybody can write. A run that
 * was changed since is not met, and one whose directory holds no run is left out.
 */
export function judgedAgain(runs: string, verdicts: readonly Verdict[]): readonly Verdict[] {
  return verdicts.flatMap(({ id }) => {
    try {
      return [judgeRun(readRun(join(runs, id)))];
    } catch (error) {
      if (error instanceof UserError) return [];
      throw error;
    }
  });
}

/** Oldest first; what is no verdict is left out. */
export function parseVerdicts(texts: readonly string[]): readonly Verdict[] {
  const found = texts.flatMap((text) => {
    try {
      const parsed = verdictSchema.safeParse(JSON.parse(text));
      return parsed.success ? [parsed.data] : [];
    } catch {
      return []; // written by an interrupted run, or by hand
    }
  });
  return found.sort((a, b) => (a.startedAt < b.startedAt ? -1 : 1));
}
