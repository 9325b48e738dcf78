import type { StepContext } from "./step.ts";

export const lossMark = "loss";

/**
 * When the primary was lost in this run; null while it lives. After an interruption the journal may not know of a
 * loss that its driver had just caused: the prober's ledger has the mark that was made before it.
 */
export async function lossSoFar(context: StepContext): Promise<number | null> {
  const known = context.peek("loss");
  if (known !== null) return known.atMs;
  const { sites } = await context.ports.lab.status();
  // A mark beside a living site was made and nothing followed: the loss is still to come, under a mark of its own.
  if (sites.primary.state !== "down" || !(await context.ports.prober.running())) return null;
  const entries = await context.ports.prober.tail(Number.MAX_SAFE_INTEGER);
  const mark = entries.findLast((entry) => entry.kind === "mark" && entry.name === lossMark);
  return mark?.atMs ?? null;
}

/** Health that was proved before an interruption proves nothing after it, unless the site is lost already. */
export async function isStaleBeforeLoss(context: StepContext): Promise<boolean> {
  return (await lossSoFar(context)) === null;
}
