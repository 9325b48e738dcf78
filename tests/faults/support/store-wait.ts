import { setTimeout as sleep } from "node:timers/promises";

/** As `until`, with a time of its own: what a fault may take is its own affair. */
export async function within<T>(
  what: string,
  seconds: number,
  ask: () => Promise<{ readonly done: T } | { readonly notYet: string }>,
  everyMs = 1000,
): Promise<T> {
  const deadline = performance.now() + seconds * 1000;
  for (;;) {
    const answer = await ask();
    if ("done" in answer) return answer.done;
    if (performance.now() > deadline)
      throw new Error(`${what}: not within ${seconds} s; last seen: ${answer.notYet}`);
    await sleep(everyMs);
  }
}

/** Seconds of a hold that a variable may lengthen to the catalogue's own. */
export function secondsOf(variable: string, usual: number): number {
  const value = Number(process.env[variable] ?? usual);
  if (!Number.isInteger(value) || value < 1) throw new Error(`${variable} is no number of seconds`);
  return value;
}
