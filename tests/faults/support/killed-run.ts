import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { enginesOf } from "../../../cli/drill/process.ts";
import type { JournalEntry } from "../../../contract/journal.ts";
import { type Verdict, verdictSchema } from "../../../contract/verdict.ts";
import { verifyJournal } from "../../../drill/journal.ts";
import { repository } from "../../lab/support/holdfast.ts";

/** A drill whose driver a test can kill: started beside the test, watched through its journal. */
export interface WatchedRun {
  readonly directory: string;
  entries(): readonly JournalEntry[];
  verdict(): Verdict;
  /** Waits for a line of the journal; fails when the driver ends before it. */
  reach(what: string, found: (entry: JournalEntry) => boolean): Promise<void>;
  /** SIGKILL to the driver alone; resolves when it is gone. */
  killDriver(): Promise<void>;
  /** SIGKILL to the engine under it; how many there were. */
  killEngine(): Promise<number>;
  ended(): Promise<{ readonly exitCode: number; readonly output: string }>;
}

const longestMs = 900_000;

export function watchRun(id: string, command: readonly string[]): WatchedRun {
  const directory = join(repository, "runs", id);
  const child = execa(join(repository, "holdfast"), command, {
    cwd: repository,
    reject: false,
    stdin: "ignore",
    all: true,
  });
  const from = entriesIn(directory).length;
  let over = false;
  void child.then(() => {
    over = true;
  });
  const entries = (): readonly JournalEntry[] => entriesIn(directory);
  return {
    directory,
    entries,
    verdict: () => verdictSchema.parse(JSON.parse(readFileSync(join(directory, "verdict.json"), "utf8"))),
    async reach(what, found) {
      const until = Date.now() + longestMs;
      while (!entries().slice(from).some(found)) {
        if (over)
          throw new Error(`the driver ended before ${what}:\n${(await child).all?.slice(-3000) ?? ""}`);
        if (Date.now() > until) throw new Error(`waited ${longestMs / 1000} s for ${what}`);
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    },
    async killDriver() {
      child.kill("SIGKILL");
      await child;
    },
    async killEngine() {
      const engines = enginesOf(id);
      for (const { pid } of engines) process.kill(pid, "SIGKILL");
      return engines.length;
    },
    async ended() {
      const result = await child;
      return { exitCode: result.exitCode ?? -1, output: result.all ?? "" };
    },
  };
}

function entriesIn(directory: string): readonly JournalEntry[] {
  const path = join(directory, "journal.jsonl");
  return existsSync(path) ? verifyJournal(readFileSync(path, "utf8")).entries : [];
}

export const started =
  (step: string) =>
  (entry: JournalEntry): boolean =>
    entry.kind === "stepStarted" && entry.step === step;

/** The database pod at dr restores: the middle of the promotion. */
export const restoring = (entry: JournalEntry): boolean =>
  entry.kind === "progress" && entry.source === "database" && entry.message === "restore";
