import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** By name, and the whole drills last: they leave a site dead, which the other tests of the lab need alive. */
class LabOrder extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const key = (file: TestSpecification): string =>
      `${file.moduleId.endsWith("/drill.test.ts") ? 1 : 0} ${file.moduleId}`;
    return files.toSorted((one, other) => (key(one) < key(other) ? -1 : 1));
  }
}

/** Three levels: `unit` needs Node alone; `lab` and `faults` need the running lab (make lab). */
export default defineConfig({
  test: {
    sequence: { sequencer: LabOrder },
    projects: [
      {
        test: {
          name: "unit",
          include: ["tests/**/*.test.ts"],
          exclude: ["tests/lab/**", "tests/faults/**"],
          testTimeout: 20_000,
        },
      },
      {
        test: {
          // Outside CI: whole drills with damage planted, sharded by file (make test-faults).
          name: "faults",
          include: ["tests/faults/**/*.test.ts"],
          // The lab is one machine: its tests share sites, so they run one after the other.
          fileParallelism: false,
          testTimeout: 2_400_000,
          hookTimeout: 2_400_000,
        },
      },
      {
        test: {
          name: "lab",
          include: ["tests/lab/**/*.test.ts"],
          fileParallelism: false,
          testTimeout: 600_000,
          hookTimeout: 600_000,
        },
      },
    ],
  },
});
