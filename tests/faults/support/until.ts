import { setTimeout as sleep } from "node:timers/promises";

/** Named, so that a time-out says whose it was. */
const timeouts = {
  pod: 120,
  primary: 600,
  backup: 240,
  percent: 120,
  archived: 90,
  restore: 300,
  stopped: 240,
  /** archive-push alone gives up after 60 s. */
  logged: 120,
} as const;

/** Asks until there is an answer; what was seen last is in the error. */
export async function until<T>(
  what: string,
  timeout: keyof typeof timeouts,
  ask: () => Promise<{ readonly done: T } | { readonly notYet: string }>,
  everyMs = 500,
): Promise<T> {
  const deadline = performance.now() + timeouts[timeout] * 1000;
  for (;;) {
    const answer = await ask();
    if ("done" in answer) return answer.done;
    if (performance.now() > deadline)
      throw new Error(`${what}: not within ${timeouts[timeout]} s (${timeout}); last seen: ${answer.notYet}`);
    await sleep(everyMs);
  }
}
