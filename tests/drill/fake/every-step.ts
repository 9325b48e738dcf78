import { describe, expect, test } from "vitest";
import { exitStatusOf } from "../../../drill/exit-status.ts";
import { StepFailed } from "../../../drill/outcome.ts";
import { isGroup, refuted, type ScenarioItem, type Step, stepsOf } from "../../../drill/step.ts";
import { UserError } from "../../../errors/user-error.ts";
import { type FakeRun, fakeRun } from "./run.ts";
import type { FakeWorld } from "./world.ts";

export interface EveryStepCase {
  readonly named: "site-loss" | "rehearsal";
  readonly scenario: () => readonly ScenarioItem[];
  readonly world: () => FakeWorld;
  /** These do not apply to the run that is tested. */
  readonly notInThisRun: readonly string[];
  /** From here on a refusal is a verdict and no exit status 2. */
  readonly lossStep: string;
}

/** Each step of a scenario failing in turn, in each way a step can fail: what the run then does. */
export function everyStepFails({ named, scenario, world, notInThisRun, lossStep }: EveryStepCase): void {
  const steps = stepsOf(scenario());
  const ids = steps.map(({ id }) => id).filter((id) => !notInThisRun.includes(id));
  const always = new Set(steps.filter((step) => step.always).map(({ id }) => id));
  const groups = scenario()
    .filter(isGroup)
    .map((group) => group.together.map(({ id }) => id));
  const begin = (args: Parameters<typeof fakeRun>[0]): Promise<FakeRun> =>
    fakeRun({ world: world(), scenario: scenario(), named, ...args });

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
      if (always.has(step.id)) continue;
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
    const began = run.record.entries
      .filter((entry) => entry.kind === "stepStarted")
      .map((entry) => entry.step);
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
      const run = await begin({
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

  describe("each step's proof does not hold", () => {
    test.each(ids)("%s", async (id) => {
      const run = await begin({
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
      const run = await begin({ scenario: breakStep(id, (step) => ({ ...step, verify: async () => [] })) });
      expectOrderlyEnd(run, id, "failed");
    });
  });

  describe("each step hangs and does not listen", () => {
    test.each(ids)("%s", async (id) => {
      const run = await begin({
        scenario: breakStep(id, (step) => ({ ...step, run: () => new Promise<never>(() => undefined) })),
      });
      // Beside an `up` that hangs, the steps that look on say first what they wait for, and stop it.
      expectOrderlyEnd(run, id, id === "activate" ? "cancelled" : "timedOut");
      expect(run.verdict.findings.map((finding) => finding.id)).toContain("WAITED_TOO_LONG");
    });
  });

  describe("each step meets something nobody expected", () => {
    test.each(ids)("%s", async (id) => {
      const run = await begin({
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
      const run = await begin({
        scenario: breakStep(id, (step) => ({
          ...step,
          run: async () => {
            throw new UserError("CLUSTER_UNREACHABLE", { what: "the API server does not answer" });
          },
        })),
      });
      expectOrderlyEnd(run, id, "failed");
      const afterLoss = ids.indexOf(id) > ids.indexOf(lossStep);
      expect(exitStatusOf(run.result, run.verdict)).toBe(afterLoss ? 1 : 2);
    });
  });

  describe("each step is interrupted", () => {
    test.each(ids.filter((id) => !always.has(id)))("%s", async (id) => {
      const interrupt = new AbortController();
      const run = await begin({
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
}
