import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { fetchRun } from "../../cli/drill/third-place.ts";
import { exitStatusOf } from "../../drill/exit-status.ts";
import { reopenJournal, verifyJournal } from "../../drill/journal.ts";
import type { StackLock } from "../../drill/ports/engine.ts";
import type { EpochPort } from "../../drill/ports/third-place.ts";
import { resumeSession } from "../../drill/resume/session.ts";
import { readJournalCopy } from "../../drill/run-copy/read.ts";
import type { RunStore } from "../../drill/run-copy/store.ts";
import type { RunResult } from "../../drill/runner.ts";
import { siteLoss } from "../../drill/scenario/site-loss.ts";
import { type ScenarioItem, stepsOf } from "../../drill/step.ts";
import { defaultTimeouts } from "../../drill/timeouts.ts";
import { judgeRun } from "../../drill/verdict/judge.ts";
import { readRun } from "../../drill/verdict/record.ts";
import { UserError } from "../../errors/user-error.ts";
import { killedAt, moments } from "./fake/kill.ts";
import { Killed } from "./fake/pulumi.ts";
import { fakeRun, freshDirectory, testOptions } from "./fake/run.ts";
import { createFakeRunStore } from "./fake/run-store.ts";
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

interface Otherwise {
  /** Drivers' processes; the resuming one is 2. */
  readonly alive?: ReadonlySet<number>;
  readonly epoch?: EpochPort;
  readonly steps?: readonly ScenarioItem[];
  readonly store?: RunStore;
}

async function goOn(
  world: FakeWorld,
  directory: string,
  to: "finish" | "abort",
  { alive = new Set([2]), epoch = world.ports.epoch, steps = scenario(), store }: Otherwise = {},
) {
  const copy = store === undefined ? null : await readJournalCopy(store, "r1", new AbortController().signal);
  const result: RunResult = await resumeSession({
    to,
    directory,
    run: { id: "r1", operator: "another", seed: 7 },
    scenario: steps,
    ports: { ...world.ports, epoch, lease: world.leaseOf(2, alive) },
    timeouts: defaultTimeouts,
    lease: { durationMs: 60_000, everyMs: 20_000 },
    onEvent: () => undefined,
    signal: new AbortController().signal,
    runner: { host: "here", pid: 2, pidStartTime: "200" },
    proveDead: async ({ pid }) => `process ${pid} is gone`,
    copiedLines: copy === null ? 0 : verifyJournal(copy.journalText).entries.length,
    ...(store === undefined ? {} : { store }),
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

describe("what cannot be gone on with is refused, and nothing is touched", () => {
  const killedInRestore = async () => {
    const world = createFakeWorld();
    const directory = await killedAt({ world, scenario: scenario(), step: "restore", moment: "before" });
    return { world, directory, before: world.calls.length };
  };

  test("a run that has ended", async () => {
    const { world, directory } = await fakeRun();
    await expect(goOn(world, directory, "finish")).rejects.toMatchObject({ code: "RUN_NOT_RESUMABLE" });
    await expect(goOn(world, directory, "abort")).rejects.toThrow(/has ended \(completed\)/);
  });

  test("a driver that lives", async () => {
    const { world, directory, before } = await killedInRestore();
    const alive = new Set([1, 2]);
    await expect(goOn(world, directory, "finish", { alive })).rejects.toMatchObject({ code: "LEASE_HELD" });
    expect(world.calls).toHaveLength(before);
    expect(readRun(directory).entries.some(({ kind }) => kind === "resumed")).toBe(false);
  });

  test("a journal that was changed", async () => {
    const { world, directory } = await killedInRestore();
    const path = join(directory, "journal.jsonl");
    writeFileSync(path, readFileSync(path, "utf8").replace('"operator":"tester"', '"operator":"nobody"'));
    await expect(goOn(world, directory, "finish")).rejects.toMatchObject({ code: "RUN_TAMPERED" });
  });

  test("a run that another one came after; it can be given up", async () => {
    const { world, directory } = await killedInRestore();
    const { epoch } = world.ports;
    const later = { ...epoch, read: async () => ({ epoch: 9, holder: "primary" as const, run: "r7" }) };
    await expect(goOn(world, directory, "finish", { epoch: later })).rejects.toThrow(
      /another run came between/,
    );
  });

  describe("a lock that somebody else's update holds", () => {
    const colleague = { pid: 4711, username: "alice", host: "desk", holder: "elsewhere" } as const;

    /** Refused as it was found: the same lock, the same lease (none), not a line more in the journal. */
    async function expectRefused(stack: string, lock: Partial<StackLock>, to: "finish" | "abort") {
      const { world, directory } = await killedInRestore();
      world.lockedBy(stack, lock);
      const lines = readRun(directory).entries.length;
      const before = world.calls.length;
      const error: unknown = await goOn(world, directory, to).catch((cause: unknown) => cause);
      expect(error).toBeInstanceOf(UserError);
      expect(error).toMatchObject({ code: "STACK_LOCKED", exitStatus: 2 });
      expect(world.now().locks).toEqual([stack]);
      expect(world.calls.slice(before)).toEqual(["ensure third"]);
      expect(readRun(directory).entries).toHaveLength(lines);
      expect(
        await world.s3.getText("holdfast-control", "lease.json", new AbortController().signal),
      ).toBeNull();
      return { world, directory, error: error as UserError };
    }

    test("on another host: it says whose it is, since when, and what to do; afterwards the run is resumed", async () => {
      const { world, directory, error } = await expectRefused("dr", colleague, "finish");
      const [lock] = await world.ports.pulumi.locks("dr", new AbortController().signal);
      expect(error.details.got).toBe(
        `alice@desk, process 4711, since ${new Date(lock?.takenAtMs ?? 0).toISOString()}`,
      );
      expect(error.details.hint).toContain("pulumi cancel --stack dr");
      await world.ports.pulumi.cancelLocks("dr", new AbortController().signal);
      expect((await goOn(world, directory, "finish")).verdict.judgement).toBe("met");
    });

    test.each(["offsite", "primary", "dr"])("on stack %s, also where the run is given up", async (stack) => {
      await expectRefused(stack, colleague, "abort");
    });

    test("of a process that lives on this host", async () => {
      await expectRefused("dr", { username: "alice", holder: "lives" }, "finish");
    });

    test("of this run's own host and user, which none of its engines took", async () => {
      await expectRefused("dr", { username: "tester", host: "here", holder: "elsewhere" }, "finish");
    });

    test("on a stack that the run has nothing to do with stays, and is in nobody's way", async () => {
      const { world, directory } = await killedInRestore();
      world.lockedBy("rehearsal", colleague);
      expect((await goOn(world, directory, "finish")).verdict.judgement).toBe("met");
      expect(world.now().locks).toEqual(["rehearsal"]);
    });
  });

  test("a run with other steps", async () => {
    const { world, directory } = await killedInRestore();
    const steps = scenario().slice(1);
    await expect(goOn(world, directory, "finish", { steps })).rejects.toThrow(/another version/);
  });

  test("one that was being undone", async () => {
    const { world, directory } = await killedInRestore();
    const journal = reopenJournal(directory, world.clock);
    journal.append({ kind: "rollback", step: "baseline", ok: true, reason: null });
    journal.close();
    await expect(goOn(world, directory, "finish")).rejects.toThrow(/was being undone/);
    expect((await goOn(world, directory, "abort")).verdict.status).toBe("interrupted");
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

test("what was left on the stacks is cleared side by side: the run's clock does not stand still meanwhile", async () => {
  const world = createFakeWorld();
  const directory = await killedAt({ world, scenario: scenario(), step: "restore", moment: "during" });
  const { pulumi } = world.ports;
  const slow: FakeWorld = {
    ...world,
    ports: {
      ...world.ports,
      pulumi: {
        ...pulumi,
        async locks(stack, signal) {
          await world.clock.sleep(10_000, signal);
          return pulumi.locks(stack, signal);
        },
      },
    },
  };
  const { record, verdict } = await goOn(slow, directory, "finish");
  expect(verdict.judgement).toBe("met");
  const again = record.entries.findIndex(({ kind }) => kind === "resumed");
  const next = record.entries.slice(again).find(({ kind }) => kind === "stepStarted");
  const tookMs = (next?.atMs ?? Number.POSITIVE_INFINITY) - (record.entries[again]?.atMs ?? 0);
  expect(tookMs).toBeGreaterThanOrEqual(10_000);
  expect(tookMs).toBeLessThan(15_000);
});

describe("a lock that was left behind is cancelled", () => {
  const left = async () => {
    const world = createFakeWorld();
    const directory = await killedAt({ world, scenario: scenario(), step: "restore", moment: "during" });
    expect(world.now().locks).toEqual(["dr"]);
    const [lock] = await world.ports.pulumi.locks("dr", new AbortController().signal);
    return { world, directory, lock };
  };

  test("the journal names the locks that the run's engines took", async () => {
    const { directory, lock } = await left();
    expect(readRun(directory).facts.get("stackLocks")).toContainEqual({
      stack: "dr",
      id: lock?.id,
      pid: 77,
      username: "tester",
      host: "here",
      takenAtMs: lock?.takenAtMs,
    });
  });

  test("by another machine, where the journal names it as the run's own", async () => {
    const { world, directory, lock } = await left();
    world.lockedBy("dr", { ...lock, holder: "elsewhere" });
    expect((await goOn(world, directory, "finish")).verdict.judgement).toBe("met");
    expect(world.calls).toContain("cancel dr");
  });

  test("not by another machine that the journal does not tell whose it is", async () => {
    const { world, directory, lock } = await left();
    world.lockedBy("dr", { ...lock, id: "another", holder: "elsewhere" });
    await expect(goOn(world, directory, "finish")).rejects.toMatchObject({ code: "STACK_LOCKED" });
    expect(world.now().locks).toEqual(["dr"]);
  });

  test("of a process that this host no longer has, whoever it was", async () => {
    const { world, directory } = await left();
    world.lockedBy("dr", { username: "alice", holder: "gone" });
    expect((await goOn(world, directory, "finish")).verdict.judgement).toBe("met");
  });
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
