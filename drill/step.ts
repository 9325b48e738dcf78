import type { Judgement } from "../contract/verdict.ts";
import type { FactName, FactValue } from "./facts.ts";
import type { Finding } from "./findings.ts";
import type { Ports } from "./ports.ts";
import type { TimeoutName, Timeouts } from "./timeouts.ts";
import type { Seen, UntilOptions } from "./until.ts";
import type { CheckIds } from "./verdict/required.ts";

/** What a step gets: the world through ports, and the one way to leave a trace. */
export interface StepContext {
  readonly ports: Ports;
  readonly run: RunIdentity;
  readonly timeouts: Timeouts;
  /** Aborted by the step's time-out, by an interrupt, or by a sibling that failed. */
  readonly signal: AbortSignal;
  /** Null when no step has set it. */
  peek<N extends FactName>(name: N): FactValue<N> | null;
  /** A fact an earlier step must have set; missing is a bug in the scenario. */
  need<N extends FactName>(name: N): FactValue<N>;
  set<N extends FactName>(name: N, value: FactValue<N>): void;
  check<G extends keyof CheckIds>(group: G, id: CheckIds[G], judgement: Judgement, detail: string): void;
  finding(finding: Finding): void;
  progress(source: string, message: string, wallMs?: number): void;
  /** Writes evidence/<name>, recorded in the journal with its sha256. */
  evidence(name: string, text: string): void;
  /** Writes the run's own copy of a stack file and gives its path. */
  writeConfig(stack: string, text: string): string;
  until<T>(what: string, probe: (signal: AbortSignal) => Promise<Seen<T>>, options: UntilOptions): Promise<T>;
  /** Did any step before this one fail? For steps that only then apply. */
  failed(): readonly string[];
  /** This step had begun before the run was interrupted: some of it may have been done. */
  readonly again: boolean;
}

export interface RunIdentity {
  readonly id: string;
  readonly operator: string;
  readonly seed: number;
}

/** `refuse` ends the run with exit status 2: nothing was harmed, the user must change something first. */
export type Applies = { readonly applies: true } | { readonly applies: false; readonly reason: string };

/** One thing that `verify` looked at. A step passes when it proved at least one thing and all hold. */
export interface Proof {
  readonly what: string;
  readonly holds: boolean;
  readonly detail: string;
}

export interface Step {
  readonly id: string;
  readonly title: string;
  readonly timeout: TimeoutName;
  /** From experience; the last runs' own times replace it in --dry-run and on the task list. */
  readonly expectedMs: number;
  /** Runs even after a failure: collecting, diagnosing. */
  readonly always?: true;
  readonly precondition?: (context: StepContext) => Promise<Applies>;
  readonly run: (context: StepContext) => Promise<void>;
  readonly verify: (context: StepContext) => Promise<readonly Proof[]>;
  /** Undoes what must not outlive the run. Called in reverse order at the end of every run, whatever its end. */
  readonly rollback?: (context: StepContext) => Promise<void>;
  /**
   * Asked where an interrupted run goes on right behind this step, which had passed: is what it proved too old to
   * go on from? Then it is done again. @default what was proved still holds
   */
  readonly stale?: (context: StepContext) => Promise<boolean>;
  /** Brings back what was there before this step, when a run is given up (`holdfast abort`); before `rollback`. */
  readonly abort?: (context: StepContext) => Promise<void>;
  /** Names of the evidence files that it must leave. */
  readonly evidence: readonly string[];
}

/** Steps that run side by side; the first that fails stops the others. */
export interface StepGroup {
  readonly together: readonly Step[];
}

export type ScenarioItem = Step | StepGroup;

export function isGroup(item: ScenarioItem): item is StepGroup {
  return "together" in item;
}

export function stepsOf(scenario: readonly ScenarioItem[]): readonly Step[] {
  return scenario.flatMap((item) => (isGroup(item) ? item.together : [item]));
}

export const proved = (what: string, detail = ""): Proof => ({ what, holds: true, detail });
export const refuted = (what: string, detail: string): Proof => ({ what, holds: false, detail });
export const proof = (what: string, holds: boolean, detail: string): Proof => ({ what, holds, detail });
