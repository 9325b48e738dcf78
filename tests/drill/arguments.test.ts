import { describe, expect, test } from "vitest";
import { type DrillFlags, parseDrillFlags } from "../../cli/drill/arguments.ts";
import { UserError } from "../../errors/user-error.ts";

/** The arguments of `holdfast drill`, before anything is touched. */

const flags: DrillFlags = { scenario: "site-loss", dryRun: false, json: false, dir: "runs" };
const now = Date.UTC(2026, 0, 5, 9, 30, 15);
const parse = (more: Partial<DrillFlags>) =>
  parseDrillFlags({ ...flags, ...more }, now, { archiveTimeoutSeconds: 60, volumeBytes: 20 * 2 ** 30 });

describe("drill arguments", () => {
  test("defaults: the time names the run and gives the seed, the seed gives the phase", () => {
    const parsed = parse({});
    expect(parsed.run).toBe("20260105-093015");
    expect(parse({ seed: String(parsed.seed) }).phaseSeconds).toBe(parsed.phaseSeconds);
  });

  test("--phase goes before the seed", () => {
    expect(parse({ seed: "7", phase: "55" })).toMatchObject({ seed: 7, phaseSeconds: 55 });
  });

  test("a rehearsal is a scenario", () => {
    expect(parse({ scenario: "rehearsal", phase: "5" })).toMatchObject({
      scenario: "rehearsal",
      phaseSeconds: 5,
    });
  });

  test("--data is in bytes, and nothing when left out", () => {
    expect(parse({ data: "10Gi" }).dataBytes).toBe(10 * 2 ** 30);
    expect(parse({}).dataBytes).toBeNull();
  });

  test.each<Partial<DrillFlags>>([
    { scenario: "flood" },
    { scenario: "rehearsal", data: "8Gi" },
    { data: "1Gi" },
    { data: "11Gi" },
    { data: "8 GB" },
    { scenario: "rehearsal", plant: "wrong-cipher" },
    { seed: "-1" },
    { seed: "1.5" },
    { phase: "60" },
    { phase: "" },
    { plant: "frogs" },
    { runId: "../x" },
    { runId: "-a" },
    { runId: "A" },
  ])("%j is refused with status 2", (wrong) => {
    expect(() => parse(wrong)).toThrow(UserError);
    expect(() => parse(wrong)).toThrow(/allowed:/);
  });
});
