import { describe, expect, test } from "vitest";
import { exitStatusOf } from "../../drill/exit-status.ts";
import { StepFailed } from "../../drill/outcome.ts";
import { PortError } from "../../drill/ports.ts";
import { siteLoss } from "../../drill/scenario/site-loss.ts";
import { isGroup, refuted, type ScenarioItem, type Step, stepsOf } from "../../drill/step.ts";
import { UserError } from "../../errors/user-error.ts";
import { type FakeRun, fakeRun, testOptions } from "./fake/run.ts";
import { createFakeWorld } from "./fake/world.ts";

/**
 * Each step of site-loss failing in turn, in each way a step can fail: what the run
 * then does. On fake ports and virtual time: it proves the runner and the wiring,
 * not that a real site behaves like the fake one.
 */

const scenario = (): readonly ScenarioItem[] => siteLoss(testOptions);
// These do not apply to the run that is tested here.
const notInThisRun = new Set(["finish-dr", "drain-dr", "fresh-primary", "plant", "diagnose"]);
const ids = stepsOf(scenario())
  .map(({ id }) => id)
  .filter((id) => !notInThisRun.has(id));
const groups = scenario()
  .filter(isGroup)
  .map((group) => group.together.map(({ id }) => id));

function breakStep(id: string, change: (step: Step) => Step): readonly ScenarioItem[] {
  // The broken step takes its turn: in this run's world there is an epoch, and one step is for where there is none.
  const applies: Step["precondition"] = async () => ({ applies: true });
  const inTurn = id === "control-bucket" ? { precondition: applies } : {};
  const apply = (step: Step): Step => (step.id === id ? { ...change(step), ...inTurn } : step);
  return scenario().map((item) => (isGroup(item) ? { together: item.together.map(apply) } : apply(item)));
}

function expectOrderlyEnd(run: FakeRun, failed: string, kind: string): void {
  const outcomes = new Map(run.verdict.steps.map((step) => [step.id, step]));
  expect(outcomes.get(failed)?.outcome).toBe(kind);
  const siblings = groups.find((group) => group.includes(failed)) ?? [failed];
  const last = Math.max(...siblings.map((id) => run.verdict.steps.findIndex((step) => step.id === id)));
  for (const step of run.verdict.steps.slice(last + 1)) {
    if (step.id === "collect" || step.id === "diagnose") continue;
    expect(step.outcome, step.id).toBe("skipped");
    expect(step.reason).toContain("did not pass");
  }
  expect(run.result.status).toBe("failed");
  expect(run.verdict.judgement).not.toBe("met");
  expect(run.verdict.deviated).toBe(true);
  expect(run.record.close?.status).toBe("failed");
  expectRollbacks(run);
}

/** Every step that began and can be undone was undone, the last one first, and the lease is free again. */
function expectRollbacks(run: FakeRun): void {
  const began = run.record.entries.filter((entry) => entry.kind === "stepStarted").map((entry) => entry.step);
  const undoable = new Set(
    stepsOf(scenario())
      .filter((step) => step.rollback !== undefined)
      .map((step) => step.id),
  );
  undoable.delete("plant");
  const expected = began.filter((id) => undoable.has(id)).reverse();
  expect(run.result.rollbacks).toEqual(expected.map((step) => ({ step, ok: true })));
}

describe("each step's run fails", () => {
  test.each(ids)("%s", async (id) => {
    const run = await fakeRun({
      scenario: breakStep(id, (step) => ({
        ...step,
        run: async () => {
          throw new StepFailed("broken on purpose");
        },
      })),
    });
    expectOrderlyEnd(run, id, "failed");
    expect(run.verdict.findings.map((finding) => finding.id)).toContain("STEP_FAILED");
    expect(exitStatusOf(run.result, run.verdict)).toBe(1);
  });
});

describe("a place that cannot be reached", () => {
  const unreachable = (id: string) =>
    fakeRun({
      scenario: breakStep(id, (step) => ({
        ...step,
        run: async () => {
          throw new PortError("kube primary", "connect EHOSTUNREACH");
        },
      })),
    });

  test("before the loss is the user's to mend: exit 2, named", async () => {
    const run = await unreachable("preflight");
    expect(run.result.refusal?.code).toBe("CLUSTER_UNREACHABLE");
    expect(exitStatusOf(run.result, run.verdict)).toBe(2);
  });

  test("a cluster that never answers is waited for, then refused: exit 2, with what was last seen", async () => {
    const run = await fakeRun({ world: createFakeWorld({ unreachableSite: "dr" }) });
    expect(run.result.refusal?.code).toBe("CLUSTER_UNREACHABLE");
    expect(run.result.refusal?.details.what).toMatch(/the API server of dr; last seen: timeout/);
    expect(exitStatusOf(run.result, run.verdict)).toBe(2);
    expect(run.verdict.lossAt.time).toBeNull();
  });

  test("after the loss is a verdict that is not met: exit 1", async () => {
    const run = await unreachable("measure");
    expect(exitStatusOf(run.result, run.verdict)).toBe(1);
  });
});

describe("each step's proof does not hold", () => {
  test.each(ids)("%s", async (id) => {
    const run = await fakeRun({
      scenario: breakStep(id, (step) => ({
        ...step,
        verify: async () => [refuted("the thing", "it is not so")],
      })),
    });
    expectOrderlyEnd(run, id, "failed");
    expect(run.verdict.steps.find((step) => step.id === id)?.reason).toBe("the thing: it is not so");
    expect(exitStatusOf(run.result, run.verdict)).toBe(1);
  });
});

describe("each step proves nothing", () => {
  test.each(ids)("%s", async (id) => {
    const run = await fakeRun({ scenario: breakStep(id, (step) => ({ ...step, verify: async () => [] })) });
    expectOrderlyEnd(run, id, "failed");
  });
});

describe("each step hangs and does not listen", () => {
  test.each(ids)("%s", async (id) => {
    const run = await fakeRun({
      scenario: breakStep(id, (step) => ({ ...step, run: () => new Promise<never>(() => undefined) })),
    });
    // Beside an `up` that hangs, the steps that look on say first what they wait for, and stop it.
    expectOrderlyEnd(run, id, id === "activate" ? "cancelled" : "timedOut");
    expect(run.verdict.findings.map((finding) => finding.id)).toContain("WAITED_TOO_LONG");
  });
});

describe("each step meets something nobody expected", () => {
  test.each(ids)("%s", async (id) => {
    const run = await fakeRun({
      scenario: breakStep(id, (step) => ({
        ...step,
        run: async () => {
          throw new TypeError("undefined is not a function");
        },
      })),
    });
    expectOrderlyEnd(run, id, "failed");
    expect(run.result.bug).toBeInstanceOf(TypeError);
    expect(exitStatusOf(run.result, run.verdict)).toBe(3);
  });
});

describe("each step finds that the user must change something", () => {
  test.each(ids)("%s", async (id) => {
    const run = await fakeRun({
      scenario: breakStep(id, (step) => ({
        ...step,
        run: async () => {
          throw new UserError("CLUSTER_UNREACHABLE", { what: "the API server does not answer" });
        },
      })),
    });
    expectOrderlyEnd(run, id, "failed");
    const afterLoss = ids.indexOf(id) > ids.indexOf("fault");
    expect(exitStatusOf(run.result, run.verdict)).toBe(afterLoss ? 1 : 2);
  });
});

describe("each step is interrupted", () => {
  test.each(ids.filter((id) => id !== "collect"))("%s", async (id) => {
    const interrupt = new AbortController();
    const run = await fakeRun({
      signal: interrupt.signal,
      onEvent: (event) => {
        if (event.kind === "started" && event.step === id) interrupt.abort(new Error("SIGINT"));
      },
    });
    expect(run.result.status).toBe("interrupted");
    expect(run.verdict.status).toBe("interrupted");
    expect(run.verdict.judgement).not.toBe("met");
    expect(exitStatusOf(run.result, run.verdict)).toBe(130);
    expect(
      run.record.entries.some((entry) => entry.kind === "interrupted" && entry.reason === "SIGINT"),
    ).toBe(true);
    expectRollbacks(run);
  });
});
