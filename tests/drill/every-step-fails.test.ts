import { describe, expect, test } from "vitest";
import { exitStatusOf } from "../../drill/exit-status.ts";
import { PortError } from "../../drill/ports/port-error.ts";
import { rehearsal } from "../../drill/scenario/rehearsal.ts";
import { siteLoss } from "../../drill/scenario/site-loss.ts";
import { isGroup, type ScenarioItem, type Step } from "../../drill/step.ts";
import { type EveryStepCase, everyStepFails } from "./fake/every-step.ts";
import { fakeRun, testOptions } from "./fake/run.ts";
import { createFakeWorld, type FakeWorld } from "./fake/world.ts";

/**
 * Each step of each scenario failing in turn, in each way a step can fail: what the run
 * then does. On fake ports and virtual time: it proves the runner and the wiring,
 * not that a real site behaves like the fake one.
 */

const lost: EveryStepCase = {
  named: "site-loss",
  scenario: () => siteLoss(testOptions),
  world: () => createFakeWorld(),
  notInThisRun: ["finish-dr", "drain-dr", "fresh-primary", "plant", "diagnose"],
  lossStep: "fault",
};

function production(): FakeWorld {
  const world = createFakeWorld();
  world.inProduction();
  return world;
}

const rehearsed: EveryStepCase = {
  named: "rehearsal",
  scenario: () => rehearsal(testOptions),
  world: production,
  notInThisRun: ["leftovers", "diagnose"],
  lossStep: "declare",
};

/** That step cannot reach what it needs. */
function withoutItsPlace(
  scenario: readonly ScenarioItem[],
  id: string,
  port: string,
): readonly ScenarioItem[] {
  const run = (): Promise<never> => Promise.reject(new PortError(port, "connect EHOSTUNREACH"));
  const broken = (step: Step): Step => (step.id === id ? { ...step, run } : step);
  return scenario.map((item) => (isGroup(item) ? { together: item.together.map(broken) } : broken(item)));
}

describe("site-loss", () => everyStepFails(lost));

describe("rehearsal", () => {
  everyStepFails(rehearsed);

  test.each(["activate", "restore", "key-functions", "integrity", "clean-up"])(
    "that fails in %s leaves no stack and no traffic through its name",
    async (id) => {
      const world = production();
      const run = await fakeRun({
        world,
        named: "rehearsal",
        scenario: withoutItsPlace(rehearsed.scenario(), id, "kube dr"),
      });
      expect(run.result.status).toBe("failed");
      const { signal } = new AbortController();
      expect(await world.ports.pulumi.resources("rehearsal", signal)).toBeNull();
      expect(run.result.rollbacks.every(({ ok }) => ok)).toBe(true);
    },
  );
});

describe("a place that cannot be reached", () => {
  const unreachable = (id: string) =>
    fakeRun({
      scenario: withoutItsPlace(lost.scenario(), id, "kube primary"),
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
