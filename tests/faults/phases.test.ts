// Five losses at different phases of the archive interval, one at 50-59 s of 60. Outside CI: five drills.
import { expect, test } from "vitest";
import { drill, runId, tail } from "../lab/support/holdfast.ts";
import { isInShard } from "./support/shard.ts";

const phases = ([3, 17, 29, 41, 55] as const).filter((phase) => isInShard(`drill/phase-${phase}`));

test.runIf(phases.length > 0).each(phases)("a loss %i s after a WAL switch", async (phase) => {
  const result = await drill(runId(`phase-${phase}`), ["--phase", String(phase)]);
  expect(result.exitCode, tail(result)).toBe(0);
  expect(result.verdict?.rtoSeconds).toBeLessThanOrEqual(120);
  expect(result.verdict?.rpoSeconds).toBeLessThanOrEqual(65);
});
