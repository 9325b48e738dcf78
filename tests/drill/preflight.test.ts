import { describe, expect, test } from "vitest";
import { tooOld } from "../../drill/backup-age.ts";
import { judgeCertificate } from "../../drill/certificates.ts";
import { exitStatusOf } from "../../drill/exit-status.ts";
import type { CertificateSeen } from "../../drill/ports/names.ts";
import type { StoredSet } from "../../drill/ports/repository.ts";
import { siteLoss } from "../../drill/scenario/site-loss.ts";
import type { WorldFaults } from "./fake/faults.ts";
import { fakeRun, testOptions } from "./fake/run.ts";
import { startMs } from "./fake/timeline.ts";
import { createFakeWorld } from "./fake/world.ts";

/** What the preflight refuses or remarks, on fake ports. That the adapters see it is shown on the lab (tests/faults). */

const day = 86_400_000;
const shown = (more: Partial<CertificateSeen> = {}): CertificateSeen => ({
  what: "offsite store",
  reached: true,
  validToMs: startMs + 200 * day,
  problem: null,
  ...more,
});

describe("preflight refuses", () => {
  test.each<readonly [string, WorldFaults, string, RegExp]>([
    [
      "a store's clock 20 min ahead",
      { storeSkewMs: 1_200_000 },
      "CLOCK_SKEW",
      /third place's store is 1200001 ms/,
    ],
    ["a store's clock 20 min behind", { storeSkewMs: -1_200_000 }, "CLOCK_SKEW", /is -11\d{5} ms/],
    [
      "a database's clock 20 min behind",
      { databaseSkewMs: -1_200_000 },
      "CLOCK_SKEW",
      /primary's database is -1200000 ms/,
    ],
    ["a database's clock just over a second", { databaseSkewMs: 1_001 }, "CLOCK_SKEW", /1001 ms/],
    [
      "answers that live too long",
      { ttlSeconds: 61 },
      "PREFLIGHT_REFUSED",
      /ns1 lets erp\.holdfast\.test be kept for 61 s, 60 s are allowed/,
    ],
    [
      "an expired certificate",
      { certificates: [shown({ validToMs: startMs - 1 })] },
      "CERTIFICATE_INVALID",
      /offsite store: its certificate has expired/,
    ],
    [
      "another CA's certificate",
      { certificates: [shown({ problem: "UNABLE_TO_VERIFY_LEAF_SIGNATURE" })] },
      "CERTIFICATE_INVALID",
      /refused: UNABLE_TO/,
    ],
    [
      "the active database's certificate",
      { certificates: [shown({ what: "database of primary", validToMs: startMs - day })] },
      "CERTIFICATE_INVALID",
      /database of primary/,
    ],
  ])("%s", async (_, faults, code, words) => {
    const run = await fakeRun({ world: createFakeWorld(faults) });
    expect(run.result.refusal?.code).toBe(code);
    expect(run.result.refusal?.message).toMatch(words);
    expect(exitStatusOf(run.result, run.verdict)).toBe(2);
    expect(run.world.calls.filter((call) => /^(up|kill)/.test(call))).toEqual([]);
  });
});

describe("preflight lets pass", () => {
  test.each<readonly [string, WorldFaults]>([
    ["clocks within a second", { databaseSkewMs: 999, storeSkewMs: -900 }],
    [
      "a standby's expired certificate, which no client needs today",
      { certificates: [shown({ what: "gateway of dr", validToMs: startMs - day })] },
    ],
    [
      "a place that shows none",
      { certificates: [shown({ reached: false, validToMs: null, problem: "ECONNREFUSED" })] },
    ],
  ])("%s", async (_, faults) => {
    const run = await fakeRun({ world: createFakeWorld(faults) });
    expect(run.result.refusal).toBeNull();
    expect(run.verdict.judgement).toBe("met");
  });

  test("answers that live for more than half of what is allowed, with a warning; half of it without", async () => {
    const warned = await fakeRun({ world: createFakeWorld({ ttlSeconds: 31 }) });
    expect(new Set(warned.verdict.findings.map(({ id }) => id))).toEqual(new Set(["TTL_LONG"]));
    expect(warned.verdict.judgement).toBe("met");
    expect((await fakeRun({ world: createFakeWorld({ ttlSeconds: 30 }) })).verdict.findings).toEqual([]);
  });

  test("a certificate with 13 days left, with a warning; with 14 without", async () => {
    const warned = await fakeRun({
      world: createFakeWorld({ certificates: [shown({ validToMs: startMs + 14 * day - 1 })] }),
    });
    expect(warned.verdict.findings.map(({ id, severity }) => [id, severity])).toEqual([
      ["CERTIFICATE_EXPIRES", "warning"],
    ]);
    expect(warned.verdict.judgement).toBe("met");
    expect(judgeCertificate(shown({ validToMs: startMs + 14 * day }), startMs).state).toBe("ok");
  });
});

describe("a backup older than policy", () => {
  const limits = { newestSeconds: 3600, fullSeconds: 86_400 };
  const set = (label: string, type: StoredSet["type"], ageSeconds: number): StoredSet => ({
    label,
    type,
    storedAtMs: startMs - ageSeconds * 1000,
  });

  test("turns a drill red whose restore works", async () => {
    const run = await fakeRun({
      world: createFakeWorld({ storedSets: [set("20260105-070000F", "full", 3700)] }),
      scenario: siteLoss({ ...testOptions, backupAge: limits }),
    });
    expect(run.verdict.findings.map(({ id }) => id)).toEqual(["BACKUP_TOO_OLD"]);
    expect(run.verdict).toMatchObject({
      status: "completed",
      judgement: "missed",
      rto: { judgement: "met" },
    });
    expect(exitStatusOf(run.result, run.verdict)).toBe(1);
  });

  test.each<readonly [string, readonly StoredSet[], RegExp | null]>([
    ["young enough", [set("F", "full", 80_000), set("I", "incr", 3599)], null],
    [
      "the newest one second over",
      [set("F", "full", 3602)],
      /newest backup set \(F\) is 60 min old, the schedules allow 60 min/,
    ],
    [
      "incrementals go on, no full is made",
      [set("F", "full", 90_000), set("I", "incr", 10)],
      /newest full backup \(F\) is 25.0 h old/,
    ],
    ["nothing is another finding", [], null],
  ])("%s", (_, sets, words) => {
    const found = tooOld(sets, limits, startMs);
    if (words === null) expect(found).toBeNull();
    else expect(found).toMatch(words);
  });
});
