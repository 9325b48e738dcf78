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
    try {
      await withUndoing(number, seen, run);
    } catch (cause) {
      error = cause;
      throw cause;
    } finally {
      const seconds = (Date.now() - startedAt.getTime()) / 1000;
      writeOutcome(folder, {
        schemaVersion: 1,
        number,
        outcome: error === null ? "passed" : "failed",
        seen,
        error: error === null ? null : (error instanceof Error ? error.message : String(error)).slice(0, 600),
        ...state,
        command: `FORCE=1 make test-faults ONLY=${number}`,
        startedAt: startedAt.toISOString(),
        seconds,
      });
      progress(number, `${error === null ? "passed" : "FAILED"} after ${Math.round(seconds)} s`);
    }
  });
}

async function withUndoing(
  number: number,
  seen: string[],
  run: (context: FaultContext) => Promise<void>,
): Promise<void> {
  progress(number, "a living primary");
  const primary = await livingPrimary((what) => progress(number, what));
  progress(number, "health gate before");
  await assertHealthy(primary);
  const undoings: { readonly what: string; readonly work: () => Promise<unknown> }[] = [];
  const failures: unknown[] = [];
  try {
    await run({
      primary,
      see: (what) => {
        seen.push(what);
        progress(number, what);
      },
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
