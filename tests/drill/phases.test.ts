// Where the time went, from events alone: whatever was seen or not, the parts are disjoint and add up to the RTO.
// Whether each boundary is the right one is what real drills show.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { phaseNames, unattributed } from "../../contract/phases.ts";
import { verdictSchema } from "../../contract/verdict.ts";
import { readFacts } from "../../drill/facts.ts";
import { engineTimes } from "../../drill/verdict/engine.ts";
import { judgeRun } from "../../drill/verdict/judge.ts";
import { criticalPath, pathOf, phaseSums } from "../../drill/verdict/phases.ts";
import { fakeRun } from "./fake/run.ts";

const loss = 1_000_000;
const none = engineTimes(null);

const interval = fc.record({
  phase: fc.constantFrom(...phaseNames),
  startMs: fc.integer({ min: loss - 60_000, max: loss + 600_000 }),
  endMs: fc.integer({ min: loss - 60_000, max: loss + 600_000 }),
});

describe("criticalPath", () => {
  test("fills the time from the loss to the first user without gap or overlap, whatever was seen", () => {
    fc.assert(
      fc.property(fc.array(interval, { maxLength: 15 }), fc.nat({ max: 500_000 }), (intervals, rtoMs) => {
        const path = criticalPath(intervals, loss, loss + rtoMs);
        let reached = 0;
        for (const { startMs, endMs } of path) {
          expect(startMs).toBe(reached);
          expect(endMs).toBeGreaterThan(startMs);
          reached = endMs;
        }
        expect(reached).toBe(rtoMs);
        const sum = [...phaseSums(path).values()].reduce((total, ms) => total + ms, 0);
        expect(sum).toBe(rtoMs);
      }),
    );
  });

  test("gives no phase more than it was seen to take", () => {
    fc.assert(
      fc.property(fc.array(interval, { maxLength: 15 }), (intervals) => {
        const sums = phaseSums(criticalPath(intervals, loss, loss + 600_000));
        for (const name of phaseNames) {
          const seen = intervals
            .filter(({ phase }) => phase === name)
            .reduce((sum, { startMs, endMs }) => sum + Math.max(0, endMs - startMs), 0);
          expect(sums.get(name) ?? 0).toBeLessThanOrEqual(seen);
        }
      }),
    );
  });

  test("names what nobody saw", () => {
    const path = criticalPath(
      [
        { phase: "detect", startMs: loss, endMs: loss + 3000 },
        { phase: "traffic", startMs: loss + 9000, endMs: loss + 10_000 },
      ],
      loss,
      loss + 12_000,
    );
    expect(path).toEqual([
      { phase: "detect", startMs: 0, endMs: 3000 },
      { phase: unattributed, startMs: 3000, endMs: 9000 },
      { phase: "traffic", startMs: 9000, endMs: 10_000 },
      { phase: unattributed, startMs: 10_000, endMs: 12_000 },
    ]);
  });
});

const facts = (values: Readonly<Record<string, unknown>>) =>
  readFacts(Object.entries(values).map(([name, value]) => ({ name, value })));

const seen = {
  loss: { atMs: loss, source: "mark", sentAtMs: loss, goneAtMs: loss + 20 },
  detected: { atMs: loss + 3000, failures: 3 },
  up: { startedAtMs: loss + 5000, endedAtMs: loss + 60_000, ok: true },
  stewardPhases: [
    { phase: "waiting", startedAtMs: loss + 8000, endedAtMs: loss + 9000 },
    { phase: "restore", startedAtMs: loss + 9000, endedAtMs: loss + 16_000 },
    { phase: "replay", startedAtMs: loss + 16_000, endedAtMs: loss + 20_000 },
    { phase: "promote", startedAtMs: loss + 20_000, endedAtMs: loss + 20_500 },
    { phase: "ready", startedAtMs: loss + 24_000, endedAtMs: null },
  ],
  restored: { atMs: loss + 14_000 },
};

const urn = (types: string, name: string) => `urn:pulumi:dr::holdfast::${types}::${name}`;
const event = (wallMs: number, status: string, at: string, operation = "update") =>
  JSON.stringify({ wallMs, kind: "resource", urn: at, type: "t", operation, status, message: "" });
const record = urn(
  "holdfast:site:SiteStack$holdfast:traffic:TrafficWeights$holdfast:index:WeightedRecord",
  "traffic-public",
);
const odoo = urn("holdfast:site:SiteStack$holdfast:services:Odoo$kubernetes:apps/v1:Deployment", "odoo");
const engine = engineTimes(
  [
    event(loss + 6000, "started", odoo),
    event(loss + 34_000, "done", odoo),
    event(loss + 34_500, "started", record),
    event(loss + 36_500, "done", record),
    event(loss + 36_600, "done", urn("holdfast:site:SiteStack", "site")),
    event(loss + 5500, "done", urn("kubernetes:core/v1:Namespace", "same"), "same"),
    '{"torn',
  ].join("\n"),
);

const sums = (path: ReturnType<typeof pathOf>) => Object.fromEntries(phaseSums(path ?? []));

describe("pathOf", () => {
  test("takes each boundary from whoever saw it best", () => {
    expect(sums(pathOf(facts(seen), engine, loss + 38_000))).toEqual({
      detect: 3000,
      decide: 2000,
      provision: 4000 + 2000,
      restore: 5000,
      replay: 4000,
      promote: 4000,
      services: 10_500,
      traffic: 2000,
      verify: 1500,
      unattributed: 0,
    });
  });

  test("does not give the database's time to its neighbours where the pod said nothing", () => {
    const { stewardPhases, restored, ...rest } = seen;
    const path = sums(pathOf(facts(rest), engine, loss + 38_000));
    expect([stewardPhases.length, restored.atMs]).toEqual([5, loss + 14_000]);
    expect(path).toEqual({ detect: 3000, decide: 2000, traffic: 2000, verify: 1500, unattributed: 29_500 });
  });

  test("ends with the first user, though the up goes on", () => {
    const path = pathOf(facts(seen), engine, loss + 35_000);
    expect(path?.at(-1)).toEqual({ phase: "traffic", startMs: 34_500, endMs: 35_000 });
  });

  test("without anybody served it ends with the last thing that was seen", () => {
    expect(pathOf(facts(seen), none, null)?.at(-1)).toMatchObject({ phase: "promote", endMs: 24_000 });
    expect(pathOf(facts({}), engine, null)).toBeNull();
  });
});

test("engineTimes leaves out what did not change, and components", () => {
  expect(engine.resources.map(({ name }) => name)).toEqual([
    "Deployment odoo",
    "WeightedRecord traffic-public",
  ]);
});

describe("a verdict", () => {
  const run = fakeRun();

  test("has phases that add up to its RTO, and the path that they lie on", async () => {
    const { verdict } = await run;
    expect(verdictSchema.parse(verdict)).toEqual(verdict);
    const sum = Object.values(verdict.phases).reduce((total, seconds) => total + seconds * 1000, 0);
    expect(Math.round(sum)).toBe(Math.round((verdict.rtoSeconds ?? 0) * 1000));
    expect(verdict.criticalPath?.at(-1)?.endSeconds).toBe(verdict.rtoSeconds);
    expect(verdict.phases).toMatchObject({ restore: 5, replay: 3 });
    expect(verdict.provedAfterSeconds).toBeGreaterThanOrEqual(verdict.rtoSeconds ?? Number.NaN);
  });

  test("does not hide time behind a missing fact", async () => {
    const { record: good } = await run;
    const entries = good.entries.filter((entry) => entry.kind !== "fact" || entry.name !== "stewardPhases");
    const blind = judgeRun({
      ...good,
      facts: readFacts(
        entries.flatMap((entry) => (entry.kind === "fact" ? [{ name: entry.name, value: entry.value }] : [])),
      ),
    });
    expect(blind.rtoSeconds).toBe((await run).verdict.rtoSeconds);
    expect(blind.phases.unattributed).toBeGreaterThan(5);
    expect(blind.phases).not.toHaveProperty("restore");
  });
});
