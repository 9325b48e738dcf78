import { describe, expect, test } from "vitest";
import { exitStatusOf } from "../../drill/exit-status.ts";
import { siteLoss } from "../../drill/scenario/site-loss.ts";
import type { WorldFaults } from "./fake/faults.ts";
import { fakeRun, testOptions } from "./fake/run.ts";
import { createFakeWorld } from "./fake/world.ts";

/** The scenario on fake ports: order, data flow, and that each opposite case ends red with its cause named. Not the real sites. */

describe("site-loss", () => {
  test("goes through and is met", async () => {
    const run = await fakeRun();
    expect(run.verdict.findings).toEqual([]);
    expect(run.verdict.judgement).toBe("met");
    expect(run.verdict).toMatchObject({ rtoSeconds: 25, rpoSeconds: 20, lostTransactions: 300 });
    expect(exitStatusOf(run.result, run.verdict)).toBe(0);
    // When most of the fresh answers of all servers led to dr, from the loss.
    expect(run.verdict.traffic.secondsToMostAnswers).toBeGreaterThanOrEqual(24);
    expect(run.verdict.traffic.secondsToMostAnswers).toBeLessThanOrEqual(26);
  });

  test("one up of dr promotes, with the epoch that is handed over", async () => {
    const { world } = await fakeRun();
    expect(world.calls.filter((call) => call.startsWith("up") || call.startsWith("kill"))).toEqual([
      "up offsite",
      "up primary active",
      "up dr standby",
      "kill primary",
      "up dr active 1",
    ]);
  });

  test("when dr holds the epoch the business goes home first", async () => {
    const world = createFakeWorld({}, { by: "dr", epoch: 2 });
    const run = await fakeRun({ world });
    expect(world.calls.filter((call) => /^(up|fresh|ensure|kill)/.test(call))).toEqual([
      "ensure third",
      "ensure dr",
      "up dr draining",
      "fresh primary",
      "up offsite",
      "up primary active 2",
      "up dr standby",
      "kill primary",
      "up dr active 3",
    ]);
    expect(run.verdict.epoch).toEqual({ before: 3, after: 4 });
    expect(run.verdict.judgement).toBe("met");
  });

  test("a promotion that was left half done is finished before it is drained", async () => {
    const world = createFakeWorld({ halfDone: true }, { by: "dr", epoch: 2 });
    const run = await fakeRun({ world });
    expect(world.calls.filter((call) => /^(up|fresh)/.test(call)).slice(0, 3)).toEqual([
      "up dr active",
      "up dr draining",
      "fresh primary",
    ]);
    expect(run.verdict.judgement).toBe("met");
  });

  test("home is not taken back before dr's last WAL is offsite", async () => {
    const world = createFakeWorld({ neverDrained: true }, { by: "dr", epoch: 2 });
    const run = await fakeRun({ world });
    expect(run.verdict.steps.find(({ id }) => id === "drain-dr")).toMatchObject({ outcome: "timedOut" });
    expect(world.calls.filter((call) => /^(up|fresh)/.test(call))).toEqual(["up dr draining"]);
    expect(run.verdict.judgement).not.toBe("met");
  });

  test("a store that lets the writer delete a version turns the verdict, and the run goes on", async () => {
    const { world, verdict } = await fakeRun({ world: createFakeWorld({ lockOff: true }) });
    expect(verdict.judgement).toBe("missed");
    expect(verdict.integrity.find(({ id }) => id === "offsite-lock")).toEqual({
      id: "offsite-lock",
      judgement: "missed",
      detail: "DELETE with versionId: done",
    });
    expect(verdict.findings.map(({ id }) => id)).toEqual(["OFFSITE_NOT_LOCKED"]);
    expect(verdict.rto.judgement).toBe("met");
    expect(world.calls).toContain("kill primary");
  });

  test("a planted fault is planted after the gate and taken away at the end", async () => {
    const { world, verdict } = await fakeRun({
      scenario: siteLoss({ ...testOptions, plant: "site-store-blackholed" }),
    });
    const order = world.calls.filter((call) => /plant|kill/.test(call));
    expect(order).toEqual(["plant site-store-blackholed", "kill primary", "unplant site-store-blackholed"]);
    expect(verdict.findings.map((finding) => finding.id)).toEqual(["PLANTED"]);
    expect(verdict.judgement).toBe("met");
  });

  test("n8n's image broken costs n8n alone: users are at dr in time, and the verdict names it", async () => {
    const broken = await fakeRun({ scenario: siteLoss({ ...testOptions, plant: "n8n-image-broken" }) });
    const { verdict, world, result } = broken;
    expect(verdict).toMatchObject({ rtoSeconds: 25, status: "completed", judgement: "missed" });
    expect(verdict.keyFunctions.filter(({ judgement }) => judgement !== "met").map(({ id }) => id)).toEqual([
      "n8n.workflow",
    ]);
    expect(verdict.findings.map(({ id }) => id)).toEqual(["PLANTED", "SERVICE_NOT_READY"]);
    expect(verdict.findings[1]?.what).toContain("n8n: 0 of 1 ready; image lab.holdfast.test/n8n:wrong");
    expect(verdict.steps.find(({ id }) => id === "activate")?.outcome).toBe("passed");
    expect(exitStatusOf(result, verdict)).toBe(1);
    expect(world.calls.filter((call) => call.includes("n8n-image"))).toEqual([
      "plant n8n-image-broken",
      "unplant n8n-image-broken",
    ]);
  });

  test("a second run is refused and touches neither site", async () => {
    const world = createFakeWorld();
    world.s3.put(
      "lease.json",
      JSON.stringify({
        schemaVersion: 1,
        run: "r0",
        operator: "other",
        host: "there",
        pid: 9,
        expiresAtMs: 9e12,
      }),
    );
    const run = await fakeRun({ world });
    expect(run.result.refusal?.code).toBe("LEASE_HELD");
    expect(exitStatusOf(run.result, run.verdict)).toBe(2);
    expect(world.calls).toEqual(["ensure third"]);
    expect(
      (await world.s3.getText("holdfast-control", "lease.json", new AbortController().signal))?.text,
    ).toContain("r0");
  });
});

const opposites: readonly (readonly [string, WorldFaults, string])[] = [
  [
    "wrong cipher",
    { stewardError: "pgbackrest info failed for restore: CryptoError: unable to flush: bad decrypt" },
    "REPOSITORY_CIPHER",
  ],
  [
    "repository deleted",
    {
      repositoryDeleted: true,
      stewardError:
        "epoch 1's path holds no backup set; its files were deleted (delete markers since 2026-01-05)",
    },
    "REPOSITORY_DELETED",
  ],
  ["DNS update refused", { dnsRefused: true }, "DNS_UPDATE_REFUSED"],
  ["DNS update taken, and one server stays behind", { staleServer: "ns2" }, "DNS_NOT_SWITCHED"],
  ["WAL segment removed", { segmentMissing: true, lostSeconds: 35 }, "WAL_MISSING"],
  ["another database", { otherSystem: true }, "SYSTEM_IDENTIFIER_DIFFERS"],
  ["hole below the newest row", { hole: true }, "CORRUPTION"],
  ["up fails", { upFails: "error: update failed" }, "UP_FAILED"],
  ["backup job that does nothing", { backupsDoNothing: true }, "STEP_FAILED"],
];

describe("documents", () => {
  test("are counted by their files, apart from rows", async () => {
    const { verdict } = await fakeRun();
    expect(verdict.objectRpoSeconds).toBeGreaterThanOrEqual(0);
    expect(verdict.objectRpoSeconds).toBeLessThan(5);
    expect(verdict).toMatchObject({ objectRpo: { judgement: "met" }, lostDocuments: 0 });
    expect(verdict.integrity.find(({ id }) => id === "documents")?.judgement).toBe("met");
    expect(verdict.keyFunctions.find(({ id }) => id === "document")?.judgement).toBe("met");
  });

  test("that stayed at the lost site turn the verdict", async () => {
    const { verdict } = await fakeRun({ world: createFakeWorld({ documentsStay: true }) });
    expect(verdict).toMatchObject({ judgement: "missed", objectRpo: { judgement: "missed" } });
    expect(verdict.lostDocuments).toBeGreaterThan(0);
    expect(verdict.rpo.judgement).toBe("met");
  });

  test("that a row names and nobody has turn the verdict", async () => {
    const { verdict } = await fakeRun({ world: createFakeWorld({ fileMissing: true }) });
    expect(verdict.judgement).toBe("missed");
    expect(verdict.integrity.find(({ id }) => id === "documents")?.detail).toContain("00/missing");
  });

  test("of the last seconds that were on their way count in the object RPO", async () => {
    const { verdict } = await fakeRun({ world: createFakeWorld({ fileOnItsWay: true }) });
    expect(verdict.integrity.find(({ id }) => id === "documents")).toMatchObject({
      judgement: "met",
      detail: expect.stringContaining("1 of the last 30 s on their way"),
    });
    expect(verdict.objectRpoSeconds).toBe(20);
    expect(verdict.judgement).toBe("met");
  });

  test("that come back as something else turn the verdict", async () => {
    const { verdict } = await fakeRun({ world: createFakeWorld({ documentSpoilt: true }) });
    expect(verdict.judgement).toBe("missed");
    expect(verdict.keyFunctions.find(({ id }) => id === "document")).toMatchObject({
      judgement: "missed",
      detail: "6 of 1500000 bytes, sha256 another",
    });
  });
});

describe("opposite cases end red with a named cause", () => {
  test.each(opposites)("%s", async (_name, faults, finding) => {
    const run = await fakeRun({ world: createFakeWorld(faults) });
    expect(run.verdict.judgement).toBe("missed");
    expect(run.verdict.findings.map(({ id }) => id)).toContain(finding);
    expect(exitStatusOf(run.result, run.verdict)).toBe(1);
  });

  test("a deletion names the markers and the time that would work", async () => {
    const faults = { repositoryDeleted: true, stewardError: "no backup set" };
    const { verdict } = await fakeRun({ world: createFakeWorld(faults) });
    const found = verdict.findings.find(
      ({ id, what }) => id === "REPOSITORY_DELETED" && what.includes("backup.info"),
    );
    expect(found?.what).toMatch(/delete markers since 2026-01-05T/);
    expect(found?.hint).toMatch(/--repo-target-time="2026-01-05 \d\d:\d\d:\d\d\+00"/);
  });

  test("a refused DNS update still lets the report say what the database did", async () => {
    const { verdict } = await fakeRun({ world: createFakeWorld({ dnsRefused: true }) });
    expect(verdict.rto.judgement).toBe("notJudged");
    expect(verdict.recoveredLsn).not.toBeNull();
  });

  test("recovery that ends early lets the run go on and the RPO say so", async () => {
    const { verdict } = await fakeRun({ world: createFakeWorld({ segmentMissing: true, lostSeconds: 35 }) });
    expect(verdict.status).toBe("completed");
    expect(verdict.rpoSeconds).toBe(35);
    expect(verdict.integrity.find(({ id }) => id === "recovered-to-archive-end")?.judgement).toBe("missed");
  });

  test("late service misses the budget and not the target", async () => {
    const { verdict } = await fakeRun({ world: createFakeWorld({ serveAfterMs: 200_000 }) });
    expect(verdict.rto.judgement).toBe("met");
    expect(verdict.budgets.find(({ id }) => id === "rto")?.judgement).toBe("missed");
    expect(verdict.judgement).toBe("missed");
  });
});
