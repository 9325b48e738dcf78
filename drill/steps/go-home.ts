import type { FactName, FactValue } from "../facts.ts";
import { StepFailed } from "../outcome.ts";
import type { Step, StepContext } from "../step.ts";

/**
 * The way back of a run that is given up: from wherever it stopped to primary active and dr standing by, by the
 * same steps that prepare a run. What they find out is not the run's: its own facts stay as they were.
 */
export async function goHome(context: StepContext, steps: readonly Step[]): Promise<void> {
  const own = apart(context);
  const { ports, signal } = own;
  const record = await ports.epoch.read(signal);
  const { sites } = await ports.lab.status();
  own.set("situation", {
    epoch: record?.epoch ?? null,
    holder: record?.holder ?? null,
    siteStates: { primary: sites.primary.state, dr: sites.dr.state },
    clockSkewMs: 0,
  });
  for (const step of steps) {
    const applies = (await step.precondition?.(own)) ?? { applies: true };
    if (!applies.applies) continue;
    own.progress("home", step.title);
    await step.run(own);
    signal.throwIfAborted();
    const broken = (await step.verify(own)).filter(({ holds }) => !holds);
    if (broken.length > 0)
      throw new StepFailed(broken.map(({ what, detail }) => `${what}: ${detail}`).join("; "));
  }
}

/** Facts set here are seen here alone; the judge never reads them. */
function apart(context: StepContext): StepContext {
  const facts = new Map<string, unknown>();
  const peek = <N extends FactName>(name: N): FactValue<N> | null =>
    facts.has(name) ? (facts.get(name) as FactValue<N>) : context.peek(name);
  return {
    ...context,
    peek,
    need(name) {
      const value = peek(name);
      if (value === null) throw new Error(`the way home needs the fact ${name}`);
      return value;
    },
    set: (name, value) => void facts.set(name, value),
    check: () => undefined,
  };
}
