import { join } from "node:path";
import { factSchemas } from "../../drill/facts.ts";
import { journalFile, readTextIfThere } from "../../drill/run-directory.ts";
import type { PastRun } from "../../plan/forecast.ts";
import { readVerdicts } from "../drill/runs.ts";

/**
 * Runs of one scenario below a folder with what each moved, oldest first: a rehearsal has no loss to detect, so
 * its phases are not those of a loss. No folder is no run.
 */
export function readPastRuns(runs: string, scenario = "site-loss"): readonly PastRun[] {
  const alike = readVerdicts(runs).filter((verdict) => verdict.scenario === scenario);
  return alike.map((verdict) => ({
    verdict,
    moved: movedOf(readTextIfThere(join(runs, verdict.id, journalFile)) ?? ""),
  }));
}

/** The newest fact of that name. A journal is long, and only this line of it is wanted. */
function movedOf(journal: string): PastRun["moved"] {
  const line = journal.split("\n").findLast((text) => text.includes('"name":"moved"'));
  if (line === undefined) return null;
  try {
    const entry = JSON.parse(line) as { readonly value?: unknown };
    return factSchemas.moved.safeParse(entry.value).data ?? null;
  } catch {
    return null; // torn by a kill
  }
}
