import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { type FaultNumber, faults } from "./catalogue.ts";

/** What one run of one fault left: runs/faults/NUMBER.json, and gathered in docs/fault-outcomes.json. */
export const outcomeSchema = z.object({
  schemaVersion: z.literal(1),
  number: z.number().int(),
  outcome: z.enum(["passed", "failed"]),
  /** What the test saw, in its own words and with figures. */
  seen: z.array(z.string()),
  error: z.string().nullable(),
  commit: z.string(),
  /** The working tree had changes that the commit does not have. */
  dirty: z.boolean(),
  /** Of everything that decides what the test does: it is not done again while this stays. */
  digest: z.string(),
  command: z.string(),
  startedAt: z.string(),
  seconds: z.number(),
});
export type Outcome = z.infer<typeof outcomeSchema>;

export function writeOutcome(folder: string, outcome: Outcome): void {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${outcome.number}.json`);
  writeFileSync(`${path}.new`, `${JSON.stringify(outcome, null, 2)}\n`);
  renameSync(`${path}.new`, path);
}

export function readOutcome(folder: string, number: number): Outcome | null {
  try {
    return outcomeSchema.parse(JSON.parse(readFileSync(join(folder, `${number}.json`), "utf8")));
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}

export function readOutcomes(folder: string): readonly Outcome[] {
  return readdirSync(folder)
    .filter((name) => /^\d+\.json$/.test(name))
    .map((name) => outcomeSchema.parse(JSON.parse(readFileSync(join(folder, name), "utf8"))));
}

/** The newer of two runs of one fault counts, whatever it ended with. */
export function gather(kept: readonly Outcome[], fresh: readonly Outcome[]): readonly Outcome[] {
  const newest = new Map<number, Outcome>();
  for (const outcome of [...kept, ...fresh]) {
    const other = newest.get(outcome.number);
    if (other === undefined || other.startedAt <= outcome.startedAt) newest.set(outcome.number, outcome);
  }
  return [...newest.values()].sort((a, b) => a.number - b.number);
}

const begin = "<!-- faults: written by `make faults-table` from docs/fault-outcomes.json, not by hand -->";
const end = "<!-- end of faults -->";

/** One row for each fault of the catalogue; one that no run has shown says so. */
export function renderTable(outcomes: readonly Outcome[]): string {
  const known = new Map(outcomes.map((outcome) => [outcome.number, outcome]));
  const numbers = new Set([...Object.keys(faults).map(Number), ...known.keys()]);
  const rows = [...numbers].sort((a, b) => a - b).map((number) => row(number, known.get(number)));
  const head = ["#", "fault", "injected", "expected", "outcome", "seen", "commit", "command"];
  return [begin, "", line(head), line(head.map(() => "---")), ...rows, "", end].join("\n");
}

function row(number: number, outcome: Outcome | undefined): string {
  const entry = faults[number as FaultNumber] as (typeof faults)[FaultNumber] | undefined;
  const about = [String(number), entry?.title ?? "", entry?.injected ?? "", entry?.expected ?? ""];
  if (outcome === undefined) return line([...about, "not run", "", "", ""]);
  const seen = outcome.outcome === "passed" ? outcome.seen : [...outcome.seen, outcome.error ?? ""];
  const commit = `${outcome.commit.slice(0, 7)}${outcome.dirty ? " with changes" : ""}`;
  const ended = `${outcome.outcome}, ${Math.round(outcome.seconds)} s`;
  return line([...about, ended, seen.join("; "), commit, `\`${outcome.command}\``]);
}

function line(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|").replaceAll(/\s+/g, " ")).join(" | ")} |`;
}

/** Puts the table between its marks, or at the end of a page that has none yet. */
export function replaceTable(page: string, table: string): string {
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from < 0 || to < 0) return `${page.trimEnd()}\n\n## Faults done for real\n\n${table}\n`;
  return `${page.slice(0, from)}${table}${page.slice(to + end.length)}`;
}
