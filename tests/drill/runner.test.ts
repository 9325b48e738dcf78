import { describe, expect, test } from "vitest";
import { StepFailed } from "../../drill/outcome.ts";
import { proved, type ScenarioItem, type Step } from "../../drill/step.ts";
import { done, notYet } from "../../drill/until.ts";
import { fakeRun } from "./fake/run.ts";
import { createFakeWorld } from "./fake/world.ts";

/** The runner over scenarios of a few lines. */

const step = (id: string, more: Partial<Step> = {}): Step => ({
  id,
  title: id,
  timeout: "gate",
  expectedMs: 0,
  evidence: [],
  run: async () => undefined,
  verify: async () => [proved("it")],
  ...more,
});
const outcomes = async (scenario: readonly ScenarioItem[]) =>
  Object.fromEntries((await fakeRun({ scenario })).result.steps.map(({ id, outcome }) => [id, outcome]));

describe("runner", () => {
  test("steps run in order; rollbacks in reverse, at a good end too", async () => {
    const order: string[] = [];
    const noted = (id: string): Step =>
      step(id, { run: async () => void order.push(id), rollback: async () => void order.push(`undo ${id}`) });
    await fakeRun({ scenario: [noted("a"), noted("b"), noted("c")] });
    expect(order).toEqual(["a", "b", "c", "undo c", "undo b", "undo a"]);
  });

  test("a rollback that fails is its own state and does not stop the others", async () => {
    const undone: string[] = [];
    const run = await fakeRun({
      scenario: [
        step("a", { rollback: async () => void undone.push("a") }),
        step("b", {
          rollback: async () => {
            throw new StepFailed("stuck");
          },
        }),
      ],
    });
    expect(undone).toEqual(["a"]);
    expect(run.result.rollbacks).toEqual([
      { step: "b", ok: false },
      { step: "a", ok: true },
    ]);
    expect(run.result.steps.map(({ outcome }) => outcome.kind)).toEqual(["passed", "passed"]);
    expect(run.verdict.findings.map(({ id }) => id)).toContain("ROLLBACK_FAILED");
    expect(run.verdict.judgement).not.toBe("met");
  });

  test("missing evidence is a failure", async () => {
    const result = await outcomes([step("a", { evidence: ["a.json"] }), step("b")]);
    expect(result.a).toEqual({ kind: "failed", reason: "evidence missing: a.json" });
    expect(result.b?.kind).toBe("skipped");
  });

  test("a step that does not apply is skipped with its reason, and the run goes on", async () => {
    const result = await outcomes([
      step("a", { precondition: async () => ({ applies: false, reason: "not here" }) }),
      step("b"),
    ]);
    expect(result.a).toEqual({ kind: "skipped", reason: "not here" });
    expect(result.b?.kind).toBe("passed");
  });

  test("a wait that ends says what it waited for and what it last saw", async () => {
    const result = await outcomes([
      step("a", {
        run: (context) => context.until("the pod", async () => notYet("Pending"), { timeout: "gate" }),
      }),
    ]);
    expect(result.a).toEqual({
      kind: "timedOut",
      reason: "waited 90 s (timeout gate) for the pod; last seen: Pending",
    });
  });

  test("a lost connection counts as not yet", async () => {
    const { ports } = createFakeWorld();
    let tries = 0;
    const result = await outcomes([
      step("a", {
        run: async (context) => {
          await context.until(
            "an answer",
            async () => {
              tries += 1;
              if (tries < 3) await ports.pg.query("dr", "select 1", [], context.signal);
              return done(true);
            },
            { timeout: "gate" },
          );
        },
      }),
    ]);
    expect(result.a?.kind).toBe("passed");
    expect(tries).toBe(3);
  });

  test("the first of a group that fails stops the others", async () => {
    const result = await outcomes([
      {
        together: [
          step("slow", { run: (context) => context.ports.clock.sleep(80_000, context.signal) }),
          step("bad", {
            run: async (context) => {
              await context.ports.clock.sleep(1000, context.signal);
              throw new StepFailed("no");
            },
          }),
        ],
      },
      step("after"),
    ]);
    expect(result.slow).toEqual({ kind: "cancelled", reason: "bad failed" });
    expect(result.bad?.kind).toBe("failed");
    expect(result.after?.kind).toBe("skipped");
  });

  test("a lease that another run takes stops the run as failed, not as interrupted", async () => {
    const world = createFakeWorld();
    const run = await fakeRun({
      world,
      scenario: [
        step("lease", { run: async (context) => void (await context.ports.lease.acquire(context.signal)) }),
        step("work", {
          run: async (context) => {
            world.s3.put("lease.json", "{}");
            await context.ports.clock.sleep(80_000, context.signal);
          },
        }),
      ],
    });
    expect(run.result.steps.at(-1)?.outcome).toEqual({
      kind: "cancelled",
      reason: "another run took the lease",
    });
    expect(run.result.status).toBe("failed");
  });

  test("a step that runs after every failure still runs after an interrupt", async () => {
    const interrupt = new AbortController();
    const run = await fakeRun({
      signal: interrupt.signal,
      scenario: [
        step("a", { run: async () => interrupt.abort(new Error("SIGTERM")) }),
        step("b"),
        step("collect", { always: true }),
      ],
    });
    expect(run.result.steps.map(({ id, outcome }) => `${id} ${outcome.kind}`)).toEqual([
      "a cancelled",
      "b skipped",
      "collect passed",
    ]);
  });
});
