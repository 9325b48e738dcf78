import { join, relative } from "node:path";
import { test } from "vitest";
import { repository } from "../../lab/support/holdfast.ts";
import { type FaultNumber, faults } from "./catalogue.ts";
import { sourceState } from "./digest.ts";
import { assertHealthy } from "./health.ts";
import { readOutcome, writeOutcome } from "./outcomes.ts";
import { livingPrimary, type Primary } from "./primary.ts";
import { isInShard } from "./shard.ts";

const folder = join(repository, "runs", "faults");

export interface FaultContext {
  readonly primary: Primary;
  /** Says what was seen, for the table and for who watches. */
  readonly see: (what: string) => void;
  /** Runs after the test, in reverse order, whether it passed or not. */
  readonly undo: (what: string, work: () => Promise<unknown>) => void;
}

/**
 * One fault of the catalogue as a test: a health gate, the fault and what is
 * expected of it, its undoing, a health gate again; the outcome is a file. A fault
 * that passed with this very source is not done again (FORCE=1: it is).
 */
export function fault(
  number: FaultNumber,
  file: string,
  run: (context: FaultContext) => Promise<void>,
): void {
  recordedTest(number, file, async (seen, begin) => {
    progress(number, "a living primary");
    // Where this is red, the fault was not done: no outcome.
    const primary = await livingPrimary((what) => progress(number, what));
    progress(number, "health gate before");
    await assertHealthy(primary);
    begin();
    await withUndoing(number, primary, seen, run);
  });
}

/** The same for a fault that is done to whole drills: they have health gates of their own, before and after. */
export function recorded(
  number: FaultNumber,
  file: string,
  run: (context: Pick<FaultContext, "see">) => Promise<void>,
): void {
  recordedTest(number, file, async (seen, begin) => {
    begin();
    await run({ see: seeInto(number, seen) });
  });
}

/** Writes the outcome of everything that comes after `begin`. */
function recordedTest(
  number: FaultNumber,
  file: string,
  work: (seen: string[], begin: () => void) => Promise<void>,
): void {
  const { title } = faults[number];
  test.runIf(isInShard(`${number}`))(`${number}: ${title}`, async (context) => {
    const state = await sourceState(repository, relative(repository, file));
    const before = readOutcome(folder, number);
    if (process.env.FORCE !== "1" && before?.outcome === "passed" && before.digest === state.digest) {
      progress(number, `passed with this source already, at ${before.startedAt}; FORCE=1 does it again`);
      context.skip("passed with this source already");
    }
    const startedAt = new Date();
    const seen: string[] = [];
    let error: unknown = null;
    let begun = false;
    try {
      await work(seen, () => {
        begun = true;
      });
    } catch (cause) {
      error = cause;
      throw cause;
    } finally {
      const seconds = (Date.now() - startedAt.getTime()) / 1000;
      if (begun)
        writeOutcome(folder, {
          schemaVersion: 1,
          number,
          outcome: error === null ? "passed" : "failed",
          seen,
          error:
            error === null ? null : (error instanceof Error ? error.message : String(error)).slice(0, 600),
          ...state,
          command: `FORCE=1 make test-faults ONLY=${number}`,
          startedAt: startedAt.toISOString(),
          seconds,
        });
      progress(number, `${error === null ? "passed" : "FAILED"} after ${Math.round(seconds)} s`);
    }
  });
}

function seeInto(number: number, seen: string[]): (what: string) => void {
  return (what) => {
    seen.push(what);
    progress(number, what);
  };
}

async function withUndoing(
  number: number,
  primary: Primary,
  seen: string[],
  run: (context: FaultContext) => Promise<void>,
): Promise<void> {
  const undoings: { readonly what: string; readonly work: () => Promise<unknown> }[] = [];
  const failures: unknown[] = [];
  try {
    await run({
      primary,
      see: seeInto(number, seen),
      undo: (what, work) => undoings.push({ what, work }),
    });
  } catch (error) {
    failures.push(error);
  }
  for (const { what, work } of undoings.reverse()) {
    progress(number, `undo: ${what}`);
    try {
      await work();
    } catch (cause) {
      failures.push(new Error(`undoing "${what}" failed`, { cause }));
    }
  }
  if (failures.length === 0) {
    progress(number, "health gate after");
    await assertHealthy(primary);
  }
  if (failures.length > 1) throw new AggregateError(failures, failures.map(String).join("; "));
  if (failures.length === 1) throw failures[0];
}

function progress(number: number, what: string): void {
  process.stderr.write(`${new Date().toISOString().slice(11, 19)} fault ${number}: ${what}\n`);
}
