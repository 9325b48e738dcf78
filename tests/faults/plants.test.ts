// The planted opposite cases on the running lab: each damage must turn the drill red with its cause named, and the
// one that may not cost anything must stay green. Outside CI: five drills. Does not prove faults of the catalogue
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
