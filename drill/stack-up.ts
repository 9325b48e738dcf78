import { type ConfigChange, changeConfig } from "./config-copy.ts";
import { FindingError } from "./findings.ts";
import { Suspended } from "./outcome.ts";
import type { PulumiEvent, StackLock } from "./ports/engine.ts";
import type { StepContext } from "./step.ts";

/**
 * One `pulumi up` on the run's own copy of the stack file, its events kept as
 * evidence. The same `up` works from a shell: the drill adds nothing to it.
 */
export async function upStack(
  context: StepContext,
  args: {
    readonly stack: string;
    /** Distinguishes several ups of one stack in a run. */
    readonly purpose: string;
    readonly changes: readonly ConfigChange[];
    readonly refresh: boolean;
  },
): Promise<void> {
  const { ports, run, signal } = context;
  const { stack, purpose } = args;
  const configFile = context.writeConfig(
    stack,
    changeConfig(await ports.pulumi.committedConfig(stack), args.changes),
  );
  const events: string[] = [];
  const onEvent = (event: PulumiEvent): void => {
    events.push(JSON.stringify({ wallMs: ports.clock.now(), ...event }));
    const line = progressLine(event);
    if (line !== null) context.progress("pulumi", line, ports.clock.now());
  };
  const message = `holdfast ${run.id}: ${purpose}`;
  try {
    const result = await ports.pulumi.up({
      stack,
      configFile,
      message,
      refresh: args.refresh,
      onEvent,
      onLock: (lock) => noteLock(context, stack, lock),
      signal,
    });
    signal.throwIfAborted();
    if (result.killedBy != null)
      throw new Suspended(`the engine was killed by ${result.killedBy} in ${stack} (${purpose})`);
    if (!result.ok)
      throw new FindingError({ id: "UP_FAILED", what: `${stack} (${purpose}): ${result.error}` });
    context.progress("pulumi", `${stack}: ${changesInWords(result.changes)}`, ports.clock.now());
  } finally {
    context.evidence(`up-${stack}-${purpose}.jsonl`, events.map((event) => `${event}\n`).join(""));
  }
}

/** Should this driver die, whoever goes on elsewhere knows this lock from another's. */
export function noteLock(context: StepContext, stack: string, lock: StackLock): void {
  const { id, pid, username, host, takenAtMs } = lock;
  context.set("stackLocks", [
    ...(context.peek("stackLocks") ?? []),
    { stack, id, pid, username, host, takenAtMs },
  ]);
}

export const upEvidence = (stack: string, purpose: string): string => `up-${stack}-${purpose}.jsonl`;

/** What a person wants to see pass by: resources that ended, and whatever went wrong. */
function progressLine(event: PulumiEvent): string | null {
  if (event.status === "error" || event.status === "failed")
    return `${event.urn ?? ""} ${event.message}`.trim();
  if (event.kind !== "resource" || event.status !== "done" || event.operation === "same") return null;
  return `${event.operation ?? "done"} ${event.urn?.split("::").at(-1) ?? event.type ?? ""}`;
}

function changesInWords(changes: Readonly<Record<string, number>>): string {
  const parts = Object.entries(changes).map(([operation, count]) => `${count} ${operation}`);
  return parts.length === 0 ? "no changes" : parts.join(", ");
}
