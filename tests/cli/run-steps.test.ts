import { describe, expect, test } from "vitest";
import { parseDrillFlags } from "../../cli/drill/arguments.ts";
import { journalOptions, stepsOfRun } from "../../cli/drill/run-steps.ts";
import { stepsOf } from "../../drill/step.ts";

/**
 * A run's journal says all that decides its steps: whoever resumes the run makes the same ones. Without it every
 * resume is refused as one of another version. Does not show the resume itself: tests/drill/resume.test.ts.
 */

const backupAge = { newestSeconds: 3600, fullSeconds: 700_000 };

const idsBy = (flags: Readonly<Record<string, string>>) => stepsBy(flags).map(({ id }) => id);

function stepsBy(flags: Readonly<Record<string, string>>) {
  const parsed = parseDrillFlags(
    { scenario: "site-loss", json: false, dryRun: false, dir: "runs", ...flags },
    1e12,
    { archiveTimeoutSeconds: 60, volumeBytes: 20 * 2 ** 30 },
  );
  const options = journalOptions(parsed, { archiveTimeoutSeconds: 60, backupAge });
  const read = JSON.parse(JSON.stringify(options)) as typeof options;
  expect(read).toEqual(options);
  return stepsOf(stepsOfRun(parsed.scenario, read, backupAge, () => []));
}

describe("the steps of a run from its journal", () => {
  test("have a floor, unless it was not asked for", () => {
    expect(idsBy({})).toContain("floor");
    expect(idsBy({ floor: "3" })).toContain("floor");
    expect(idsBy({ floor: "0" })).not.toContain("floor");
    expect(idsBy({ scenario: "rehearsal" })).not.toContain("floor");
  });

  test("seed what was asked for", () => {
    const seeds = (flags: Readonly<Record<string, string>>) =>
      stepsBy(flags).find(({ id }) => id === "seed")?.title;
    expect(seeds({})).toContain("1.5 GB");
    expect(seeds({ data: "8Gi" })).toContain("8.6 GB");
  });

  test("have the order that a held plant asks for", () => {
    const order = (ids: readonly string[]) => ids.indexOf("plant") - ids.indexOf("arm");
    expect(order(idsBy({ plant: "wal-removed" }))).toBe(1);
    expect(order(idsBy({ plant: "wal-removed", hold: "60" }))).toBe(-1);
  });
});
