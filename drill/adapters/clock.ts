import { setTimeout as delay } from "node:timers/promises";
import type { Clock } from "../ports/host.ts";

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: async (ms, signal) => {
    try {
      await delay(ms, undefined, { signal });
    } catch (error) {
      signal.throwIfAborted(); // the reason that was given, not the timer's own AbortError
      throw error;
    }
  },
};
