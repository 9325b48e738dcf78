import { describe, expect, test } from "vitest";
import { rampUsers, shareTolerance } from "../../drill/ramp.ts";
import type { ScenarioItem, Step } from "../../drill/step.ts";
import { proved } from "../../drill/step.ts";
import { baselineStep } from "../../drill/steps/baseline.ts";
import { type RampOptions, rampStep } from "../../drill/steps/ramp.ts";
import { siteContract } from "./fake/contracts.ts";
import type { WorldFaults } from "./fake/faults.ts";
import { fakeRun, testOptions } from "./fake/run.ts";
import { createFakeWorld } from "./fake/world.ts";

/** A ramp on fake ports: what each share's `up` says, who is watched, and that everybody goes back when too many fail. Not real name servers. */

const known: Step = {
  id: "known",
  title: "What earlier steps would have found",
  timeout: "gate",
  expectedMs: 0,
  evidence: [],
  async run({ set }) {
    set("epochBefore", 1);
    set("drContract", siteContract("dr", "active", 1));
  },
  verify: async () => [proved("known")],
};

const options: RampOptions = { shares: [10, 50, 100], holdMs: 30_000, errorPercent: 5 };

async function ramp(faults: WorldFaults = {}, more: Partial<RampOptions> = {}) {
  const world = createFakeWorld(faults);
  const scenario: readonly ScenarioItem[] = [
    known,
    baselineStep(testOptions),
    rampStep({ ...options, ...more }),
  ];
  const run = await fakeRun({ world, scenario });
  const step = run.verdict.steps.find(({ id }) => id === "ramp");
  return { ...run, step, shares: world.calls.filter((call) => call.startsWith("share")) };
}

describe("a ramp", () => {
  test("moves by shares, each proved at every server and held", async () => {
    const { step, shares, record } = await ramp();
    expect(step).toMatchObject({ outcome: "passed" });
    expect(shares).toEqual(["share 10", "share 50", "share 100"]);
    const held = record.facts.get("ramp") ?? [];
    expect(held.map(({ share }) => share)).toEqual([10, 50, 100]);
    for (const { servedAtMs, heldUntilMs, users, failed, servers, share } of held) {
      expect(heldUntilMs - servedAtMs).toBeGreaterThanOrEqual(30_000);
      expect(users).toBeGreaterThanOrEqual(28);
      expect(failed).toBe(0);
      expect(servers.map(({ name }) => name)).toEqual(["ns1", "ns2", "resolver"]);
      for (const { percent } of servers) expect(Math.abs(percent - share)).toBeLessThanOrEqual(15);
    }
  });

  test.each([
    [10, ["share 10", "share 0"]],
    [50, ["share 10", "share 50", "share 0"]],
    [100, ["share 10", "share 50", "share 100", "share 0"]],
  ])("goes back at %d %% when those who are sent there fail", async (failsFromShare, expected) => {
    const { step, shares, verdict, record } = await ramp({ failsFromShare });
    expect(shares).toEqual(expected);
    expect(step).toMatchObject({ outcome: "failed" });
    expect(verdict.findings.find(({ id }) => id === "RAMP_RETURNED")?.what).toMatch(
      new RegExp(`^at ${failsFromShare} % of the users [1-9]`),
    );
    expect(record.facts.get("ramp")?.at(-1)?.failed).toBeGreaterThan(0);
    expect(verdict.judgement).toBe("missed");
  });

  test("does not go on while one name server serves the share before", async () => {
    const { step, shares } = await ramp({ staleServer: "ns2" });
    expect(step).toMatchObject({ outcome: "timedOut" });
    expect(step?.reason).toMatch(/ns2 sends 0 % there/);
    expect(shares).toEqual(["share 10"]);
  });

  test("of one step is none: the weight moves with the activation", async () => {
    const { step, shares } = await ramp({}, { shares: [100] });
    expect(step).toMatchObject({ outcome: "skipped" });
    expect(shares).toEqual([]);
  });
});

describe("users of a ramp", () => {
  const user = (ok: boolean, address: string, sentAtMs = 10) =>
    ({
      seq: 0,
      prev: "",
      kind: "user",
      ok,
      sentAtMs,
      atMs: sentAtMs,
      address,
      epoch: 1,
      site: null,
      recordId: null,
      error: null,
    }) as const;
  const many = (count: number, ok: boolean, address: string) =>
    Array.from({ length: count }, () => user(ok, address));

  test("a small share's failures do not hide among the others", () => {
    const entries = [...many(97, true, "old"), ...many(3, false, "new")];
    expect(rampUsers(entries, 0, "new")).toEqual({ users: 100, failed: 3, failedPercent: 100 });
  });

  test("two at the new address are too few to be looked at alone", () => {
    const entries = [...many(98, true, "old"), ...many(2, false, "new")];
    expect(rampUsers(entries, 0, "new").failedPercent).toBe(2);
  });

  test("of before the share do not count", () => {
    expect(rampUsers([user(false, "new", 5), user(true, "new", 10)], 10, "new")).toMatchObject({
      users: 1,
      failed: 0,
    });
  });

  test("a share that leaves no choice is told exactly, half of them by chance", () => {
    expect([0, 100].map((share) => shareTolerance(share, 100))).toEqual([0, 0]);
    expect(shareTolerance(50, 100)).toBe(15);
  });
});
