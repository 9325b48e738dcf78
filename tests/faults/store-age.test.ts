// A backup older than policy allows (faults.md 35): a whole drill on the lab, red for that alone. It takes the primary
// away, so the lab is made anew after it. Does not prove the schedules' own ages, which are hours (tests/plan).
import { setTimeout as sleep } from "node:timers/promises";
import { expect, vi } from "vitest";
import { drill, holdfast, runId, tail } from "../lab/support/holdfast.ts";
import { fault } from "./support/fault.ts";
import { backUp } from "./support/jobs.ts";
import { openRepository } from "./support/repository.ts";
import { statusReport } from "./support/store-status.ts";
import { within } from "./support/store-wait.ts";

const allowed = "2 minutes";

fault(35, import.meta.filename, async ({ primary, see, undo }) => {
  undo("the loss: a lab made anew", freshPrimary);
  // The schedules are suspended by whoever brought the primary up: what an operator forgets to undo.
  const suspended = await primary.kubectl(["get", "cronjob", "--output=jsonpath={.items[*].spec.suspend}"]);
  expect(suspended).not.toContain("false");
  await backUp(primary, "full");
  const fresh = await statusReport("--backup-age", allowed);
  expect(fresh.problems.join("\n")).not.toMatch(/repository offsite.*BACKUP_TOO_OLD/);
  await sleep(125_000);
  const late = await statusReport("--backup-age", allowed);
  const problem = late.problems.find((text) => /repository offsite.*BACKUP_TOO_OLD/.test(text));
  see(`status: ${problem}`);
  expect(problem).toBeDefined();
  const result = await drill(runId("too-old"), ["--backup-age", allowed]);
  const { verdict } = result;
  const errors = verdict?.findings.filter(({ severity }) => severity === "error") ?? [];
  see(
    `drill: exit ${result.exitCode}, ${verdict?.judgement}; ${errors.map(({ id, what }) => `${id}: ${what}`).join("; ")}; RTO ${verdict?.rtoSeconds} s and RPO ${verdict?.rpoSeconds} s ${verdict?.rto.judgement} and ${verdict?.rpo.judgement}`,
  );
  expect(result.exitCode, tail(result)).toBe(1);
  expect(errors.map(({ id }) => id)).toEqual(["BACKUP_TOO_OLD"]);
  expect(verdict).toMatchObject({
    status: "completed",
    judgement: "missed",
    rto: { judgement: "met" },
    rpo: { judgement: "met" },
  });
  expect(
    verdict?.integrity.every(({ judgement }) => judgement === "met"),
    JSON.stringify(verdict?.integrity),
  ).toBe(true);
});

/** The drill leaves the business at dr. What comes after wants a living primary, as it was before: epoch 1 of a new lab. */
async function freshPrimary(): Promise<void> {
  for (const command of ["down", "up"]) {
    const done = await holdfast(["lab", command]);
    expect(done.exitCode, tail(done)).toBe(0);
  }
  // A module remembers the primary that it has brought up.
  vi.resetModules();
  const { livingPrimary } = await import("./support/primary.ts");
  const primary = await livingPrimary(() => undefined);
  const repository = await openRepository(primary);
  await within("the first full backup", 120, async () => {
    const { sets } = await repository.info();
    return sets.length > 0 ? { done: undefined } : { notYet: "no set" };
  });
}
