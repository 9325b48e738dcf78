import type { Clock } from "../../../drill/ports/host.ts";

interface Timer {
  readonly at: number;
  readonly wake: () => void;
}

/**
 * Virtual time: it jumps to the next timer whenever nothing else is left to do, so
 * a drill of minutes takes milliseconds and always the same ones.
 */
export function createFakeClock(startMs: number): Clock {
  let now = 0;
  let timers: Timer[] = [];
  let pumping = false;

  function pump(): void {
    if (pumping) return;
    pumping = true;
    // After all microtasks: whoever can go on without time passing has done so by then.
    setImmediate(() => {
      pumping = false;
      const next = timers.reduce<Timer | null>(
        (first, timer) => (first === null || timer.at < first.at ? timer : first),
        null,
      );
      if (next === null) return;
      timers = timers.filter((timer) => timer !== next);
      now = Math.max(now, next.at);
      next.wake();
      if (timers.length > 0) pump();
    });
  }

  return {
    now: () => startMs + now,
    monotonic: () => now,
    sleep(ms, signal) {
      return new Promise((resolve, reject) => {
        if (signal.aborted) return reject(signal.reason);
        const abort = (): void => {
          timers = timers.filter((each) => each !== timer);
          reject(signal.reason);
        };
        const timer: Timer = {
          at: now + ms,
          wake: () => {
            signal.removeEventListener("abort", abort);
            resolve();
          },
        };
        signal.addEventListener("abort", abort, { once: true });
        timers.push(timer);
        pump();
      });
    },
  };
}
