import type { Finding } from "./findings.ts";
import type { Ports } from "./ports.ts";
import type { RunIdentity, StepContext } from "./step.ts";
import type { Timeouts } from "./timeouts.ts";
import type { Trace } from "./trace.ts";
import { until } from "./until.ts";

interface OfRun {
  readonly ports: Ports;
  readonly run: RunIdentity;
  readonly timeouts: Timeouts;
  readonly trace: Trace;
}

interface OfStep extends Pick<StepContext, "signal" | "failed" | "again"> {
  readonly step: string;
}

/** What a step gets; every trace that it leaves has its name. */
export function stepContext(
  { ports, run, timeouts, trace }: OfRun,
  { step, signal, failed, again }: OfStep,
): StepContext {
  return {
    ports,
    run,
    timeouts,
    signal,
    peek: (name) => trace.getFact(name),
    need(name) {
      const value = trace.getFact(name);
      if (value === null) throw new Error(`step ${step} needs the fact ${name}, which no step has set`);
      return value;
    },
    set: (name, value) => trace.setFact(step, name, value),
    check: (group, id, judgement, detail) => trace.check(step, group, id, judgement, detail),
    finding: (finding: Finding) => trace.finding(step, finding),
    progress: (source, message, wallMs) => trace.progress(step, source, message, wallMs ?? null),
    evidence: (name, text) => trace.evidence(step, name, text),
    writeConfig: (stack, text) => trace.writeConfig(stack, text),
    until: (what, probe, options) => until({ clock: ports.clock, timeouts, signal }, what, probe, options),
    failed,
    again,
  };
}
