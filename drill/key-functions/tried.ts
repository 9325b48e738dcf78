import type { WebAnswer } from "../ports/applications.ts";
import type { StepContext } from "../step.ts";
import { publicNames } from "../steps/gate.ts";

/** One attempt at a key function. */
export interface Tried {
  readonly holds: boolean;
  /** What was seen, for people. */
  readonly detail: string;
}

/** Null where dr gave the answer: an old address in some cache must not prove anything for it. */
export function answeredElsewhere(context: StepContext, { address }: WebAnswer): Tried | null {
  const wanted = publicNames(context, "dr").address;
  return address === wanted ? null : { holds: false, detail: `${address} answered, not ${wanted}` };
}

/** The beginning of a body, on one line. */
export function shorten(body: string): string {
  const line = body.replaceAll(/\s+/g, " ").trim();
  return line.length > 80 ? `${line.slice(0, 77)}...` : line;
}
