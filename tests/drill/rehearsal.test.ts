import { describe, expect, test } from "vitest";
import { exitStatusOf } from "../../drill/exit-status.ts";
import { createLease } from "../../drill/lease.ts";
import type { WorldFaults } from "./fake/faults.ts";
import { fakeRun } from "./fake/run.ts";
import { createFakeWorld } from "./fake/world.ts";

/** The scenario on fake ports: what it leaves alone, what it measures, and that each trace of it in production is red. Not the real sites. */

function production(faults: WorldFaults = {}) {
  const world = createFakeWorld(faults);
  world.inProduction();
  return world;
}

const rehearse = (faults: WorldFaults = {}) => fakeRun({ world: production(faults), named: "rehearsal" });

describe("a rehearsal", () => {
  test("goes through and is met, and says what it was", async () => {
    const run = await rehearse();
    expect(run.verdict.findings.map(({ id }) => id)).toEqual(["REHEARSAL"]);
    expect(run.verdict.judgement).toBe("met");
    expect(run.verdict.scenario).toBe("rehearsal");
    expect(run.verdict.lossAt.source).toContain("rehearsal");
    expect(exitStatusOf(run.result, run.verdict)).toBe(0);
  });

  test("measures RTO from T0 to its own first user, RPO from the ledger at T0", async () => {
    const { verdict } = await rehearse();
    expect(verdict).toMatchObject({ rtoSeconds: 24, rpoSeconds: 20, lostTransactions: 300 });
    expect(verdict.epoch).toEqual({ before: 1, after: 1 });
  });

  test("does nothing to either site but one up and one destroy of its own stack", async () => {
    const { world } = await rehearse();
    expect(world.calls.filter((call) => /^(up|kill|fresh|ensure|destroy|job|plant)/.test(call))).toEqual([
      "ensure third",
      "up rehearsal rehearsal",
      "destroy rehearsal",
    ]);
  });

  test("publishes n8n's workflow at production where it is not there, before T0, and never again", async () => {
    const world = production();
    const calls = () => world.calls.filter((call) => /^(publish|up)/.test(call));
    const { verdict } = await fakeRun({ world, named: "rehearsal" });
    expect(calls()).toEqual(["publish holdfast drill at flows.holdfast.test", "up rehearsal rehearsal"]);
    expect(verdict.keyFunctions).toContainEqual(
      expect.objectContaining({ id: "n8n.workflow", judgement: "met" }),
    );
    await fakeRun({ world, named: "rehearsal" });
    expect(calls().slice(2)).toEqual(["up rehearsal rehearsal"]);
  });

  test("reads the third place as of the whole second at or before T0", async () => {
    const { record, verdict } = await rehearse();
    const t0 = record.facts.get("t0");
    expect(t0?.asOfMs).toBe(Math.floor((t0?.atMs ?? 0) / 1000) * 1000);
    expect(verdict.lossAt.time).toBe(new Date(t0?.atMs ?? 0).toISOString());
  });

  test.each([
    [212, "met"],
    [211, "missed"],
  ] as const)(
    "of a production that nobody seeded reads its own contacts: %d of 212 is %s",
    async (contacts, judgement) => {
      const { verdict } = await rehearse({ seededPartners: 0, contacts });
      expect(verdict.keyFunctions.find(({ id }) => id === "read")).toEqual({
        id: "read",
        judgement,
        detail: `${contacts} of at least 212 contacts`,
      });
    },
  );

  test("is refused while dr serves, with exit status 2 and nothing touched", async () => {
    const world = createFakeWorld({}, { by: "dr", epoch: 2 });
    world.inProduction();
    const run = await fakeRun({ world, named: "rehearsal" });
    expect(run.result.refusal?.code).toBe("PREFLIGHT_REFUSED");
    expect(run.result.refusal?.details.got).toBe("dr holds epoch 2");
    expect(exitStatusOf(run.result, run.verdict)).toBe(2);
    expect(world.calls).toEqual(["ensure third"]);
  });

  test("is refused where there are no stacks yet", async () => {
    const run = await fakeRun({ named: "rehearsal" });
    expect(run.result.refusal?.details.what).toContain("stack primary gives no contract");
    expect(exitStatusOf(run.result, run.verdict)).toBe(2);
  });

  test("takes away what an earlier one left, first", async () => {
    const world = production({ leftover: "state" });
    await fakeRun({ world, named: "rehearsal" });
    const order = world.calls.filter((call) => /^(up|destroy)/.test(call));
    expect(order[0]).toBe("destroy rehearsal");
  });

  test("takes away the lock that an earlier one left on this host", async () => {
    const world = production({ leftover: "state" });
    world.lockedBy("rehearsal", { holder: "gone" });
    await fakeRun({ world, named: "rehearsal" });
    expect(world.calls).toContain("cancel rehearsal");
  });

  test("is refused where somebody else holds its stack's lock, which stays", async () => {
    const world = production({ leftover: "state" });
    world.lockedBy("rehearsal", { username: "alice", host: "desk", holder: "elsewhere" });
    const run = await fakeRun({ world, named: "rehearsal" });
    expect(run.result.refusal).toMatchObject({ code: "STACK_LOCKED" });
    expect(run.result.refusal?.details.got).toContain("alice@desk");
    expect(exitStatusOf(run.result, run.verdict)).toBe(2);
    expect(world.now().locks).toEqual(["rehearsal"]);
    expect(world.calls.filter((call) => /^(up|destroy|cancel)/.test(call))).toEqual([]);
  });
});

describe("what it leaves in production turns the verdict", () => {
  test.each([
    [
      "a segment in another epoch's path",
      { meanwhile: "archived-elsewhere" },
      "production-unchanged",
      /epochs\/2\//,
    ],
    ["a segment of another timeline", { meanwhile: "fork" }, "production-unchanged", /00000002/],
    ["a deletion", { meanwhile: "deleted" }, "production-unchanged", /\(deleted\)/],
    [
      "a row of its users",
      { meanwhile: "canary-row" },
      "production-unchanged",
      /no row of the rehearsal's users: 1/,
    ],
    ["a document without a row", { meanwhile: "document" }, "production-unchanged", /1 of \d+ without a row/],
    ["a fence", { meanwhile: "epoch" }, "production-unchanged", /fence\/primary/],
    ["moved weights", { meanwhile: "weights" }, "production-unchanged", /198\.18\.0\.12 now/],
    ["requests that failed", { meanwhile: "outage" }, "production-served", /[1-9]\d* of \d+ failed/],
    ["a namespace", { leftover: "namespace" }, "no-leftovers", /namespace holdfast-rehearsal is there/],
    ["a released volume", { leftover: "volume" }, "no-leftovers", /volume dr-03 is Released/],
    ["a name", { leftover: "name" }, "no-leftovers", /still says 198\.18\.0\.12/],
  ] as const)("%s", async (_what, faults, id, detail) => {
    const { verdict, result } = await rehearse(faults);
    const check = verdict.integrity.find((item) => item.id === id);
    expect(check?.judgement).toBe("missed");
    expect(check?.detail).toMatch(detail);
    expect(verdict.judgement).toBe("missed");
    expect(exitStatusOf(result, verdict)).toBe(1);
    const others = ["production-unchanged", "production-served", "no-leftovers"].filter(
      (other) => other !== id,
    );
    for (const other of others)
      expect(verdict.integrity.find((item) => item.id === other)?.judgement, other).toBe("met");
  });
});

describe("a real failover while it runs", () => {
  test("takes the lease, and the rehearsal ends and cleans up after itself", async () => {
    const world = production();
    const { signal } = new AbortController();
    const emergency = createLease({
      s3: world.s3,
      clock: world.clock,
      bucket: "holdfast-control",
      run: "failover-1",
      operator: "ops",
      host: "there",
      pid: 2,
      purpose: "emergency",
      durationMs: 60_000,
      graceMs: 60_000,
      isAlive: () => true,
    });
    let taken: unknown = null;
    const run = await fakeRun({
      world,
      named: "rehearsal",
      onEvent: (event) => {
        if (event.kind === "started" && event.step === "restore")
          void emergency.acquire(signal).then((outcome) => {
            taken = outcome;
          });
      },
    });
    expect(taken).toEqual({ acquired: true });
    expect(run.result.status).toBe("failed");
    expect(run.verdict.judgement).not.toBe("met");
    expect(world.calls).toContain("destroy rehearsal");
    expect(await world.ports.pulumi.resources("rehearsal", signal)).toBeNull();
    // The failover's lease is not given back by the rehearsal that lost it.
    expect((await world.s3.getText("holdfast-control", "lease.json", signal))?.text).toContain("failover-1");
  });
});
