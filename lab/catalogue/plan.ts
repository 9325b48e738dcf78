import { sayDuration } from "../progress/words.ts";
import type { ArtefactState } from "./state.ts";

/** What is about to happen, in the order it is begun, and what to expect of it. */
export function sayPlan(states: readonly ArtefactState[]): string[] {
  const missing = states.filter((state) => state.state === "missing");
  if (missing.length === 0) return [`all ${states.length} artefacts are there`];
  const names = missing.map((state) => state.name);
  const lines = [`to build, ${names.length} of ${states.length}: ${names.join(", ")}`];
  const go = lane(missing, (name) => name.startsWith("tool-"));
  const images = lane(missing, (name) => !name.startsWith("tool-"));
  if (go !== undefined) lines.push(`the tools, one after the other: ${go}`);
  if (images !== undefined) lines.push(`the images, beside them: ${images}`);
  return lines;
}

function lane(missing: readonly ArtefactState[], belongs: (name: string) => boolean): string | undefined {
  const states = missing.filter((state) => belongs(state.name));
  if (states.length === 0) return undefined;
  const known = states.filter((state) => state.ms !== undefined);
  const sum = known.reduce((total, state) => total + (state.ms ?? 0), 0);
  if (known.length === 0) return "not done on this machine yet";
  const rest = known.length === states.length ? "" : `, and ${states.length - known.length} never done here`;
  return `${sayDuration(sum)} last time${rest}`;
}
