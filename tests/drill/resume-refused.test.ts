import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { reopenJournal } from "../../drill/journal.ts";
import type { StackLock } from "../../drill/ports/engine.ts";
import { readRun } from "../../drill/verdict/record.ts";
import { UserError } from "../../errors/user-error.ts";
import { goOn, scenario } from "./fake/go-on.ts";
import { killedAt } from "./fake/kill.ts";
import { fakeRun } from "./fake/run.ts";
import { createFakeWorld } from "./fake/world.ts";

/**
 * Killed runs that nobody may go on with, on fake ports. It proves that each is refused and what is left as it was, not
 * that a real lease or a real lock is told apart so: tests/adapters/stack-locks.test.ts, tests/faults/resume.test.ts.
 */

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
