// The planted opposite cases on the running lab: each damage must turn the drill red with its cause named, the one that
// may not cost anything must stay green, and the one that nothing waits for must hold nobody up. Outside CI: six drills. Does not prove faults of the catalogue
// that are not planted here.
import { beforeEach, describe, expect, test } from "vitest";
import { drill, holdfast, runId, tail } from "../lab/support/holdfast.ts";
import { isInShard } from "./support/shard.ts";

const cases = [
  { plant: "offsite-deleted", names: [/delete marker/i, /--repo-target-time/] },
  { plant: "wrong-cipher", names: [/cipher/i] },
  { plant: "dns-refused", names: [/name server|DNS|401|unauthori[sz]ed/i] },
  { plant: "wal-removed", names: [/WAL_MISSING|segment/i] },
] as const;

// A promotion that failed half way leaves an epoch that nobody serves: each case has a lab of its own.
beforeEach(async () => {
  for (const command of ["down", "up"]) {
    const result = await holdfast(["lab", command]);
    expect(result.exitCode, tail(result)).toBe(0);
  }
});

describe("planted damage", () => {
  test.each(cases.filter(({ plant }) => isInShard(`drill/${plant}`)))(
    "$plant turns the drill red and is named",
    async ({ plant, names }) => {
      const result = await drill(runId(plant), ["--plant", plant]);
      expect(result.exitCode, tail(result)).toBe(1);
      expect(result.verdict?.judgement).toBe("missed");
      const findings = JSON.stringify(result.verdict?.findings);
      for (const name of names) expect(findings).toMatch(name);
      // Recovery ends early, and the RPO says so: it is measured, not assumed.
      if (plant === "wal-removed") expect(result.verdict?.lostTransactions).toBeGreaterThan(0);
    },
  );

  test.runIf(isInShard("drill/n8n-image-broken"))(
    "n8n's image broken: users go to dr in time, and the verdict says what is missing",
    async () => {
      const result = await drill(runId("n8n-image"), ["--plant", "n8n-image-broken"]);
      expect(result.exitCode, tail(result)).toBe(1);
      const { verdict } = result;
      expect(verdict?.judgement).toBe("missed");
      // Everything was tried. Nothing is missing but n8n, and the one service that starts after n8n's group.
      expect(verdict?.status).toBe("completed");
      const missed = verdict?.keyFunctions.filter(({ judgement }) => judgement !== "met");
      expect(missed?.map(({ id }) => id).sort()).toEqual(["n8n.workflow", "opening-hours.today"]);
      const found = verdict?.findings.filter(({ id }) => id === "SERVICE_NOT_READY").map(({ what }) => what);
      expect(found?.sort()).toEqual([
        expect.stringMatching(/^n8n: 0 of 1 ready; image lab\.holdfast\.test\/n8n[:@].*ImagePull/),
        expect.stringMatching(/^opening-hours: 0 of 1 ready; .*wait-for-group has not ended/),
      ]);
      // Odoo's users came in as in any drill, and the `up` did not wait for the one that never comes.
      expect(verdict?.rto.judgement).toBe("met");
      expect(verdict?.budgets.find(({ id }) => id === "rto")?.judgement).toBe("met");
      const activate = verdict?.steps.find(({ id }) => id === "activate");
      expect(activate?.outcome).toBe("passed");
      expect((activate?.endMs ?? Infinity) - (activate?.startMs ?? 0)).toBeLessThan(120_000);
    },
  );

  test.runIf(isInShard("drill/site-store-blackholed"))(
    "the site's own store blackholed for ten minutes costs nothing offsite",
    async () => {
      const result = await drill(
        runId("blackholed"),
        ["--plant", "site-store-blackholed", "--hold", "600"],
        2_400_000,
      );
      expect(result.exitCode, tail(result)).toBe(0);
      expect(result.verdict?.rpoSeconds).toBeLessThanOrEqual(65);
    },
  );
});
