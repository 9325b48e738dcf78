import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/**
 * By name; whole drills after what needs both sites alive, and what needs an
 * active site with its stacks after the drills, which leave one.
 */
class LabOrder extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const late = [
      "/lab/pipelines.test.ts",
      "/lab/drill.test.ts",
      "/lab/prober.test.ts",
      "/lab/jobs.test.ts",
      "/lab/documents.test.ts",
      "/lab/metrics.test.ts",
      "/lab/identities.test.ts",
    ];
    const key = (file: TestSpecification): string =>
      `${late.findIndex((name) => file.moduleId.endsWith(name)) + 1} ${file.moduleId}`;
    return files.toSorted((one, other) => (key(one) < key(other) ? -1 : 1));
  }
}

/** The pod's scripts on fake programs: real shells by the thousand, half a minute a file. */
const scripts = ["tests/components/*-script*.test.ts", "tests/components/recovery-target.test.ts"];

/** After each file, whoever of them runs a drill on fake ports. */
const removeRunFolders = "tests/drill/fake/remove-run-folders.ts";

/**
 * Four levels: `unit` needs Node alone, `scripts` a shell and jq beside it (not in make check, which is
 * quick); `lab` and `faults` need the running lab (make lab).
 */
export default defineConfig({
  test: {
    sequence: { sequencer: LabOrder },
    projects: [
      {
        test: {
          name: "unit",
          include: ["tests/**/*.test.ts"],
          exclude: ["tests/lab/**", "tests/faults/**", "tests/sizes/**", "tests/clouds/**", ...scripts],
          // A third of their time was loading what the file before had loaded already; what a test sets in its
          // process it takes back, or gives as an argument.
          isolate: false,
          setupFiles: [removeRunFolders],
          maxWorkers: "100%",
          // They take milliseconds; beside a lab some processes of theirs have to wait for a processor.
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      { test: { name: "scripts", include: scripts, testTimeout: 180_000, hookTimeout: 60_000 } },
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
          // Outside CI: real restores of three sizes (make test-sizes).
          name: "sizes",
          include: ["tests/sizes/**/*.test.ts"],
          fileParallelism: false,
          testTimeout: 60_000,
          hookTimeout: 2_400_000,
        },
      },
      {
        test: {
          // Outside CI: drills of a new lab each and the examples at AWS, on stand-ins for clouds (make test-clouds).
          name: "clouds",
          include: ["tests/clouds/**/*.test.ts"],
          fileParallelism: false,
          testTimeout: 2_400_000,
          hookTimeout: 600_000,
        },
      },
      {
        test: {
          name: "lab",
          include: ["tests/lab/**/*.test.ts"],
          setupFiles: [removeRunFolders],
          fileParallelism: false,
          // What is proved has bounds of its own; these end what hangs, on a machine three times slower too.
          testTimeout: 1_200_000,
          hookTimeout: 2_400_000,
        },
      },
    ],
  },
});
