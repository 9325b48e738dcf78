// `holdfast status` on ports that answer, refuse or stay silent; what the real ones say is in tests/lab.
import { describe, expect, it } from "vitest";
import { collectStatus } from "../../cli/status/collect.ts";
import { duration, renderStatusReport } from "../../cli/status/render.ts";
import type { Site } from "../../contract/stack.ts";
import { chain, nowMs, places, portsOf, steward, take, world } from "./status-world.ts";

describe("collectStatus", () => {
  it("finds nothing wrong where nothing is", async () => {
    const report = await take(world());
    expect(report.problems).toEqual([]);
    expect(report.repositories[0]).toMatchObject({
      repository: "offsite",
      status: "ok",
      newestSet: { label: "20261125-004214F", type: "full", ageSeconds: 60 },
      newestSegment: "000000010000000000000029",
      lagBytes: 0xf40,
      lagSeconds: 20,
    });
    expect(renderStatusReport(report)).toContain("all is well");
    expect(renderStatusReport(report)).toMatch(/^dr\s+stands by: epoch 1 is primary's$/m);
  });

  it("speaks of the living site when the other is dead, and says what is unreachable", async () => {
    const report = await take(world({ dead: new Set(["dr"]) }));
    expect(report.sites[0]?.database.ready).toBe(true);
    expect(report.problems).toEqual(["dr: the cluster does not answer (connect EHOSTUNREACH)"]);
    expect(renderStatusReport(report)).toMatch(/^dr\s+unreachable: connect EHOSTUNREACH/m);
  });

  it("still knows the offsite repository's newest segment when the active site is dead", async () => {
    const report = await take(world({ dead: new Set(["primary"]) }));
    expect(report.repositories).toMatchObject([
      { repository: "offsite", via: null, newestSegment: "000000010000000000000029", lagBytes: null },
    ]);
    expect(report.problems[0]).toContain("primary: the cluster does not answer");
  });

  it("says so when the third place is silent, and shows the rest", async () => {
    const report = await take(world({ epochError: "no answer within 15000 ms" }));
    expect(report.problems[0]).toContain("the third place does not say who is active");
    expect(report.sites[0]?.database.lsn).toBe("0/2A000F40");
    expect(renderStatusReport(report)).toContain("unreachable: offsite store: no answer");
  });

  it("asks the repositories of the one site that calls itself active while the third place is silent", async () => {
    const report = await take(world({ epochError: "no answer within 15000 ms" }));
    expect(report.repositories.map(({ repository, epoch }) => [repository, epoch])).toEqual([
      ["offsite", 1],
      ["site", 1],
    ]);
  });

  it("says at once that the archive command fails, with the segment", async () => {
    const archiver = {
      failed: "00000001000000000000002A",
      failed_at: String(nowMs - 12_000),
      failures: "3",
    };
    const { problems } = await take(world({ archiver }));
    expect(problems).toEqual([
      expect.stringContaining("primary: the archive command fails: segment 00000001000000000000002A"),
    ]);
    expect(problems[0]).toContain("12 s ago (3 failures)");
  });

  it.each([
    [
      "an active database that is not ready",
      { ready: false },
      "primary is active, but its database is not ready: Running: containers with unready",
    ],
    ["names that lead elsewhere", { names: "198.18.0.12" }, "says 198.18.0.12, and primary is active"],
    [
      "a repository without a set",
      { info: { ...chain, sets: [] } },
      "repository offsite, epoch 1: no backup set",
    ],
    [
      "a repository that cannot be read",
      { info: { ...chain, status: { code: 99, message: "cipher" } } },
      "99: cipher",
    ],
    [
      "backups that are older than the schedules allow",
      { info: { ...chain, sets: chain.sets.map((set) => ({ ...set, stoppedAtMs: nowMs - 3_601_000 })) } },
      "repository offsite, epoch 1: BACKUP_TOO_OLD: the newest backup set (20261125-004214F) is 60 min old",
    ],
    [
      "a store whose clock is off",
      { storeSkewMs: 1_200_000 },
      "CLOCK_SKEW: the clock of the store is 1200001 ms off",
    ],
    [
      "a database whose clock is off",
      { databaseSkewMs: -1_200_000 },
      "CLOCK_SKEW: the clock of the database is -1200000 ms off",
    ],
    [
      "a certificate that is about to expire",
      {
        certificates: [
          { what: "offsite store", reached: true, validToMs: nowMs + 13 * 86_400_000, problem: null },
        ],
      },
      "offsite store: its certificate expires in 13 days, on 2026-12-08",
    ],
  ])("names %s", async (_, changes, words) => {
    const { problems } = await take(world(changes));
    expect(problems.join("\n")).toContain(words);
  });

  it("names a site that believes it is active in a term that is over", async () => {
    const ports = portsOf(world({ active: "dr", names: "198.18.0.12" }));
    const stale = {
      ...ports,
      steward: {
        status: async (site: Site) =>
          site === "primary" ? steward("primary", "active", 1) : steward("dr", "active", 2),
      },
    };
    const report = await collectStatus(stale, places);
    expect(report.problems).toContain(
      "primary calls itself active in epoch 1; the epoch object says dr, epoch 1",
    );
  });
});

describe("a hand-over", () => {
  it("is said once, without blaming the names for leading away", async () => {
    const ports = portsOf(world({ names: "198.18.0.12" }));
    const draining = {
      ...ports,
      steward: { status: async (site: Site) => (site === "primary" ? steward(site, "draining", 1) : null) },
    };
    expect((await collectStatus(draining, places)).problems).toEqual([
      "primary is draining: nobody can write until the other site is activated",
    ]);
  });
});

describe("duration", () => {
  it.each([
    [59, "59 s"],
    [600, "10 min"],
    [10_800, "3 h"],
    [345_600, "4 days"],
  ])("%d seconds are %s", (seconds, words) => {
    expect(duration(seconds)).toBe(words);
  });
});
