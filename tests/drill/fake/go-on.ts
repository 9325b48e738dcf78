import { verifyJournal } from "../../../drill/journal.ts";
import type { EpochPort } from "../../../drill/ports/third-place.ts";
import { resumeSession } from "../../../drill/resume/session.ts";
import { readJournalCopy } from "../../../drill/run-copy/read.ts";
import type { RunStore } from "../../../drill/run-copy/store.ts";
import type { RunResult } from "../../../drill/runner.ts";
import { siteLoss } from "../../../drill/scenario/site-loss.ts";
import type { ScenarioItem } from "../../../drill/step.ts";
import { defaultTimeouts } from "../../../drill/timeouts.ts";
import { judgeRun } from "../../../drill/verdict/judge.ts";
import { readRun } from "../../../drill/verdict/record.ts";
import { testOptions } from "./run.ts";
import type { FakeWorld } from "./world.ts";

/** What is killed, and gone on with. */
export const scenario = (): readonly ScenarioItem[] => siteLoss(testOptions);

interface Otherwise {
  /** Drivers' processes; the resuming one is 2. */
  readonly alive?: ReadonlySet<number>;
  readonly epoch?: EpochPort;
  readonly steps?: readonly ScenarioItem[];
  readonly store?: RunStore;
}

/** Another driver resumes a run that was killed, or gives it up. */
export async function goOn(
  world: FakeWorld,
  directory: string,
  to: "finish" | "abort",
  { alive = new Set([2]), epoch = world.ports.epoch, steps = scenario(), store }: Otherwise = {},
) {
  const copy = store === undefined ? null : await readJournalCopy(store, "r1", new AbortController().signal);
  const result: RunResult = await resumeSession({
    to,
    directory,
    run: { id: "r1", operator: "another", seed: 7 },
    scenario: steps,
    ports: { ...world.ports, epoch, lease: world.leaseOf(2, alive) },
    timeouts: defaultTimeouts,
    lease: { durationMs: 60_000, everyMs: 20_000 },
    onEvent: () => undefined,
    signal: new AbortController().signal,
    runner: { host: "here", pid: 2, pidStartTime: "200" },
    proveDead: async ({ pid }) => `process ${pid} is gone`,
    copiedLines: copy === null ? 0 : verifyJournal(copy.journalText).entries.length,
    ...(store === undefined ? {} : { store }),
  });
  const record = readRun(directory);
  return { result, record, verdict: judgeRun(record) };
}
