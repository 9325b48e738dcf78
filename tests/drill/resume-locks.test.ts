import { describe, expect, test } from "vitest";
import { readRun } from "../../drill/verdict/record.ts";
import { goOn, scenario } from "./fake/go-on.ts";
import { killedAt } from "./fake/kill.ts";
import { createFakeWorld, type FakeWorld } from "./fake/world.ts";

/**
 * Locks that a killed run's engines left, on fake ports: whose they are and what becomes of them. It does not prove
 * that the real engine leaves one and takes it back: tests/faults/resume.test.ts does it on the lab.
 */

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
