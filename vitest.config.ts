import { defineConfig } from "vitest/config";

/** Three levels: `unit` needs Node alone; `lab` and `faults` need the running lab (make lab). */
export default defineConfig({
  test: {
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
          fileParallelism: false,
          testTimeout: 2_400_000,
          hookTimeout: 2_400_000,
        },
      },
      {
        test: {
          name: "lab",
          include: ["tests/lab/**/*.test.ts"],
          // The lab is one machine: its tests share sites, so they run one after the other.
          fileParallelism: false,
          testTimeout: 600_000,
          hookTimeout: 600_000,
        },
      },
    ],
  },
});
