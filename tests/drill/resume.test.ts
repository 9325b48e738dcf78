import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { fetchRun } from "../../cli/drill/third-place.ts";
import { exitStatusOf } from "../../drill/exit-status.ts";
import { reopenJournal, verifyJournal } from "../../drill/journal.ts";
import { stepsOf } from "../../drill/step.ts";
import { judgeRun } from "../../drill/verdict/judge.ts";
import { readRun } from "../../drill/verdict/record.ts";
import { goOn, scenario } from "./fake/go-on.ts";
import { killedAt, moments } from "./fake/kill.ts";
import { Killed } from "./fake/pulumi.ts";
import { fakeRun } from "./fake/run.ts";
import { freshDirectory } from "./fake/run-folders.ts";
import { createFakeRunStore } from "./fake/run-store.ts";
import { createFakeWorld } from "./fake/world.ts";

/**
 * Fault 51 on fake ports: the driver is killed before, during and after every step, another one goes on with the
 * run or gives it up. It proves what is done again and what is not, not that the real things can be done twice:
 * tests/faults/resume.test.ts does it on the lab. What is refused is in resume-refused.test.ts, locks that the dead
 * left are in resume-locks.test.ts.
 */

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

describe("the engine killed under a living driver", () => {
  /** The first `up` that promotes ends as a killed process does, with its lock left. */
  async function suspended() {
    const world = createFakeWorld();
    const { pulumi } = world.ports;
    let killed = false;
    const run = await fakeRun({
      world,
      ports: {
        ...world.ports,
        pulumi: {
          ...pulumi,
          async up(args) {
            if (killed || args.stack !== "dr" || !args.message.endsWith("activate")) return pulumi.up(args);
            killed = true;
            const death = new AbortController();
            const dying = pulumi.up({ ...args, signal: death.signal }).catch(() => undefined);
            await world.clock.sleep(3000, args.signal);
            death.abort(new Killed("SIGKILL"));
            await dying;
            return { ok: false, cancelled: false, error: "", changes: {}, killedBy: "SIGKILL" };
          },
        },
      },
    });
    return { world, run };
  }

  test("stops the run where it is: nothing undone, nothing closed, exit status 130", async () => {
    const { world, run } = await suspended();
    expect(run.result).toMatchObject({ status: "interrupted", rollbacks: [] });
    expect(run.result.suspended).toContain("SIGKILL");
    expect(exitStatusOf(run.result, run.verdict)).toBe(130);
    expect(run.record.close).toBeNull();
    expect(run.verdict.judgement).not.toBe("met");
    expect(await world.ports.prober.running()).toBe(true);
    expect(world.now().locks).toEqual(["dr"]);
  });

  test("resumed it is met", async () => {
    const { world, run } = await suspended();
    const { verdict } = await goOn(world, run.directory, "finish");
    expect(verdict).toMatchObject({ status: "completed", judgement: "met" });
    expect(world.calls).toEqual(expect.arrayContaining(["cancel dr", "clear dr"]));
  });

  test("given up it is a clean standby", async () => {
    const { world, run } = await suspended();
    const { result, verdict } = await goOn(world, run.directory, "abort");
    expect(result.rollbacks.every(({ ok }) => ok)).toBe(true);
    expect(verdict.status).toBe("interrupted");
    expect(world.now()).toMatchObject({ roles: { primary: "active", dr: "standby" }, locks: [] });
  });
});

test("killed again while it was resumed, it is resumed again: one chain, the clock never stood still", async () => {
  const world = createFakeWorld();
  const directory = await killedAt({ world, scenario: scenario(), step: "restore", moment: "before" });
  await world.clock.sleep(30_000, new AbortController().signal);
  const journal = reopenJournal(directory, world.clock);
  journal.append({
    kind: "resumed",
    to: "finish",
    operator: "second",
    host: "here",
    pid: 9,
    pidStartTime: "900",
    sinceMs: 0,
    proof: "",
  });
  journal.append({ kind: "stepStarted", step: "fence" });
  journal.close();
  // Torn by the second death: never a line.
  appendFileSync(join(directory, "journal.jsonl"), '{"seq":');
  const { verdict, record } = await goOn(world, directory, "finish");
  expect(verdict.judgement).toBe("met");
  expect(verdict.rtoSeconds).toBeGreaterThan(50);
  expect(record.entries.filter(({ kind }) => kind === "resumed")).toHaveLength(2);
  expect(record.entries.map(({ atMs }) => atMs)).toEqual(
    record.entries.map(({ atMs }) => atMs).toSorted((a, b) => a - b),
  );
});

test("evidence whose way to the third place the death cut off is sent again: the copy alone gives the same verdict", async () => {
  const { store } = createFakeRunStore();
  const world = createFakeWorld();
  const directory = await killedAt({
    world,
    scenario: scenario(),
    step: "measure",
    moment: "before",
    // As slow as it likes: the driver does not wait for it for long.
    store: {
      ...store,
      add: (key, text, signal) =>
        key.endsWith("/key-functions.json") ? new Promise(() => undefined) : store.add(key, text, signal),
    },
  });
  expect(
    (await store.list("runs/r1/files/", new AbortController().signal)).map(({ key }) => key),
  ).not.toEqual(expect.arrayContaining([expect.stringMatching(/key-functions\.json$/)]));
  const { verdict } = await goOn(world, directory, "finish", { store });
  expect(verdict.judgement).toBe("met");
  const elsewhere = await fetchRun(store, "r1", freshDirectory());
  expect(judgeRun(readRun(elsewhere.directory))).toEqual(verdict);
});

test("evidence whose writing the death cut off is whole or not there", async () => {
  const world = createFakeWorld();
  const directory = await killedAt({ world, scenario: scenario(), step: "restore", moment: "before" });
  writeFileSync(join(directory, "evidence/recovery.json.part"), "half");
  const { verdict } = await goOn(world, directory, "finish");
  expect(verdict.judgement).toBe("met");
});
