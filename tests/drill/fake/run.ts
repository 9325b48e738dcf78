import { join } from "node:path";
import type { Verdict } from "../../../contract/verdict.ts";
import { explainUnreachable } from "../../../drill/adapters/unreachable.ts";
import type { RunEvent } from "../../../drill/events.ts";
import type { Ports } from "../../../drill/ports.ts";
import type { RunStore } from "../../../drill/run-copy/store.ts";
import type { RunResult } from "../../../drill/runner.ts";
import { scenarioOf } from "../../../drill/scenario/index.ts";
import { labSiteLoss, type SiteLossOptions } from "../../../drill/scenario/options.ts";
import { runSession } from "../../../drill/session.ts";
import type { ScenarioItem } from "../../../drill/step.ts";
import { defaultTimeouts } from "../../../drill/timeouts.ts";
import { judgeRun } from "../../../drill/verdict/judge.ts";
import { type RunRecord, readRun } from "../../../drill/verdict/record.ts";
import { freshDirectory } from "./run-folders.ts";
import { createFakeWorld, type FakeWorld } from "./world.ts";

export const testOptions: SiteLossOptions = {
  ...labSiteLoss,
  phaseSeconds: 40,
  plant: null,
  holdSeconds: 0,
  backupAge: null,
};

export interface FakeRun {
  readonly result: RunResult;
  readonly events: readonly RunEvent[];
  readonly directory: string;
  readonly record: RunRecord;
  readonly verdict: Verdict;
  readonly world: FakeWorld;
}

export async function fakeRun(
  args: {
    readonly world?: FakeWorld;
    readonly scenario?: readonly ScenarioItem[];
    /** What the journal says; the steps are `scenario`'s. */
    readonly named?: "site-loss" | "rehearsal";
    readonly before?: readonly { readonly name: string; readonly text: string }[];
    readonly signal?: AbortSignal;
    readonly onEvent?: (event: RunEvent) => void;
    /** Instead of the world's own. */
    readonly ports?: Ports;
    readonly directory?: string;
    readonly store?: RunStore;
  } = {},
): Promise<FakeRun> {
  const world = args.world ?? createFakeWorld();
  const directory = args.directory ?? join(freshDirectory(), "r1");
  const events: RunEvent[] = [];
  const result = await runSession({
    directory,
    run: { id: "r1", operator: "tester", seed: 7 },
    scenario: args.scenario ?? scenarioOf(args.named ?? "site-loss")(testOptions),
    ports: args.ports ?? world.ports,
    timeouts: defaultTimeouts,
    opening: {
      mode: "drill",
      scenario: args.named ?? "site-loss",
      approvedBy: null,
      versions: { node: "24" },
      git: { commit: "abc", dirty: false },
      host: { cpus: 2, hostname: "here", pid: 1, pidStartTime: "100" },
      configs: {},
      options: {},
      targets: { rtoSeconds: 14_400, rpoSeconds: 900 },
      budgets: [
        { id: "rto", limit: 120, unit: "s" },
        { id: "rpo", limit: 65, unit: "s" },
      ],
      standIns: [],
      simulated: ["both sites share one machine"],
    },
    expected: {},
    before: args.before ?? [],
    lease: { durationMs: 60_000, everyMs: 20_000 },
    onEvent: (event) => {
      events.push(event);
      args.onEvent?.(event);
    },
    signal: args.signal ?? new AbortController().signal,
    explain: explainUnreachable,
    ...(args.store === undefined ? {} : { store: args.store }),
  });
  const record = readRun(directory);
  return { result, events, directory, record, verdict: judgeRun(record), world };
}
