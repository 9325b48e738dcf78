import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { bytesOf } from "../../drill/dr-ready.ts";
import { exitStatusOf } from "../../drill/exit-status.ts";
import type { WorldFaults } from "./fake/faults.ts";
import { fakeRun } from "./fake/run.ts";
import { createFakeWorld } from "./fake/world.ts";

/**
 * What dr lacks is found before anything is lost (faults 28 and 53), on fake ports; tests/faults/escrow.test.ts takes
 * a real secret away. Does not prove that the volume's disk has what its claim says: restore.sh asks that.
 */

describe("a dr that could not restore", () => {
  test.each<readonly [string, WorldFaults, RegExp]>([
    ["without the repository's passphrase", { drPassphrase: null }, /passphrase.*not there.*escrow/],
    ["with another passphrase", { drPassphrase: "rotated" }, /another passphrase than the primary/],
    ["with an empty one", { drPassphrase: "" }, /has no passphrase/],
    ["with a volume that is too small", { drVolume: "1Gi" }, /needs 1680000000 bytes .* has 1073741824/],
    ["with a volume of a size nobody can read", { drVolume: "much" }, /has no size that can be read/],
    [
      "with a claim without a volume that asks for too little",
      { drVolumeAsked: "1Gi" },
      /no volume yet and asks for 1073741824/,
    ],
  ])("%s is refused before the loss", async (_, faults, words) => {
    const run = await fakeRun({ world: createFakeWorld(faults) });
    expect(run.world.calls).not.toContain("kill primary");
    expect(run.verdict.lossAt.time).toBeNull();
    expect(run.verdict.judgement).not.toBe("met");
    expect(exitStatusOf(run.result, run.verdict)).toBe(1);
    const gate = run.verdict.steps.find(({ id }) => id === "gate");
    expect(gate?.outcome).toBe("failed");
    expect(
      JSON.stringify(run.record.entries.filter((entry) => "step" in entry && entry.step === "gate")),
    ).toMatch(words);
  });

  test.each<WorldFaults>([{ drVolume: "1680M" }, { drVolumeAsked: "1680M" }])(
    "with just enough room goes on: %o",
    async (faults) => {
      const run = await fakeRun({ world: createFakeWorld(faults) });
      expect(run.verdict.judgement).toBe("met");
      expect(readFileSync(join(run.directory, "evidence/gate.json"), "utf8")).not.toContain("the right one");
    },
  );
});

test("bytesOf reads what a volume's capacity is written as", () => {
  expect(["50Gi", "1.5Ti", "512Mi", "2G", "1000"].map(bytesOf)).toEqual([
    50 * 1024 ** 3,
    1.5 * 1024 ** 4,
    512 * 1024 ** 2,
    2e9,
    1000,
  ]);
  expect(["", "Gi", "5 Gi", "-1Gi", "5Qi"].map(bytesOf)).toEqual([null, null, null, null, null]);
});
