import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { exitStatusOf } from "../../drill/exit-status.ts";
import { verifyJournal } from "../../drill/journal.ts";
import { resumeSession } from "../../drill/resume/session.ts";
import type { RunResult } from "../../drill/runner.ts";
import { siteLoss } from "../../drill/scenario/site-loss.ts";
import { type ScenarioItem, stepsOf } from "../../drill/step.ts";
import { defaultTimeouts } from "../../drill/timeouts.ts";
import { judgeRun } from "../../drill/verdict/judge.ts";
import { readRun } from "../../drill/verdict/record.ts";
import { killedAt, moments } from "./fake/kill.ts";
import { testOptions } from "./fake/run.ts";
import { createFakeWorld, type FakeWorld } from "./fake/world.ts";

/**
 * Fault 51 on fake ports: the driver is killed before, during and after every step, another one goes on with the
 * run or gives it up. It proves what is done again and what is not, not that the real things can be done twice:
 * tests/faults/resume.test.ts does it on the lab.
 */

const scenario = (): readonly ScenarioItem[] => siteLoss(testOptions);
// These do not apply to the run that is tested here.
const notInThisRun = new Set([
  "control-bucket",
  "finish-dr",
  "drain-dr",
  "fresh-primary",
  "plant",
  "diagnose",
]);
const ids = stepsOf(scenario())
  .map(({ id }) => id)
  .filter((id) => !notInThisRun.has(id));
const cases = ids.flatMap((id) => moments.map((moment) => [id, moment] as const));

async function goOn(world: FakeWorld, directory: string, to: "finish" | "abort") {
  const result: RunResult = await resumeSession({
    to,
    directory,
    run: { id: "r1", operator: "another", seed: 7 },
    scenario: scenario(),
    ports: { ...world.ports, lease: world.leaseOf(2, new Set([2])) },
    timeouts: defaultTimeouts,
    lease: { durationMs: 60_000, everyMs: 20_000 },
    onEvent: () => undefined,
    signal: new AbortController().signal,
    runner: { host: "here", pid: 2, pidStartTime: "200" },
    proveDead: async ({ pid }) => `process ${pid} is gone`,
    copiedLines: 0,
  });
  const record = readRun(directory);
  return { result, record, verdict: judgeRun(record) };
}

describe("killed, then resumed: the verdict is met", () => {
  test.each(cases)("%s, %s", async (step, moment) => {
    const world = createFakeWorld();
    const directory = await killedAt({ world, scenario: scenario(), step, moment });
    const { result, record, verdict } = await goOn(world, directory, "finish");
    expect(verdict.integrity.filter(({ judgement }) => judgement !== "met")).toEqual([]);
    expect(verdict.findings.filter(({ severity }) => severity === "error")).toEqual([]);
    expect(verdict.status).toBe("completed");
    expect(verdict.judgement).toBe("met");
    expect(exitStatusOf(result, verdict)).toBe(0);
    expect(verifyJournal(readFileSync(join(directory, "journal.jsonl"), "utf8")).problems).toEqual([]);
    expect(record.entries.filter(({ kind }) => kind === "resumed")).toHaveLength(1);
    expect(verdict.findings.map(({ id }) => id)).toContain("RUN_RESUMED");
    // One loss, one promotion, whatever was done twice.
    expect(world.calls.filter((call) => call === "kill primary")).toHaveLength(1);
    expect(world.now()).toMatchObject({ epoch: { epoch: 2, holder: "dr" }, locks: [] });
    expect(await world.ports.prober.running()).toBe(false);
    expect(await world.s3.getText("holdfast-control", "lease.json", new AbortController().signal)).toBeNull();
  });
});

describe("killed, then given up: a clean standby, and no verdict", () => {
  test.each(cases)("%s, %s", async (step, moment) => {
    const world = createFakeWorld();
    const directory = await killedAt({ world, scenario: scenario(), step, moment });
    const { result, verdict } = await goOn(world, directory, "abort");
    expect(result.rollbacks.filter(({ ok }) => !ok)).toEqual([]);
    expect(verdict.status).toBe("interrupted");
    expect(verdict.judgement).not.toBe("met");
    const { roles, epoch, primaryUp, locks } = world.now();
    expect(primaryUp).toBe(true);
    expect(epoch.holder).toBe("primary");
    // Before the sites were touched there is nothing to bring back.
    const touched = ids.indexOf(step) >= ids.indexOf("sites") && !(step === "sites" && moment === "before");
    if (touched) expect(roles).toEqual({ primary: "active", dr: "standby" });
    expect(locks).toEqual([]);
    expect(await world.ports.prober.running()).toBe(false);
    expect(await world.s3.getText("holdfast-control", "lease.json", new AbortController().signal)).toBeNull();
  });
});
