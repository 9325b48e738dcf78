import { Stopped } from "../outcome.ts";
import type { Clock } from "../ports/host.ts";
import { PortError } from "../ports/port-error.ts";
import { sha256 } from "../run-directory.ts";
import { copyKeys, type RunStore } from "./store.ts";

/**
 * Writes a run through to the third place while it goes on: journal lines in small batches, files whole, in the
 * order in which they came to lie on disk (the journal first). A store that does not answer holds nothing up:
 * what waits is tried again, and what is missing at the end is a finding.
 */
export interface RunCopier {
  /** One line of the journal, without its end. `seq` is its number. */
  line(seq: number, text: string): void;
  file(path: string, text: string): void;
  /** Waits until all that was given is there; false when it is not after `limitMs`, or at once while the store does not answer. */
  settle(limitMs: number, signal: AbortSignal, patient?: boolean): Promise<boolean>;
  /** What is not there, and why; null when all is. */
  problem(): string | null;
  /** Gives up on what still waits. */
  close(): void;
}

type Waiting =
  | { readonly kind: "line"; readonly seq: number; readonly text: string }
  | { readonly kind: "file"; readonly key: string; readonly text: string };

/** Between two batches of lines, unless somebody waits for them. */
const everyMs = 1000;
const retryMs = 3000;

export function createRunCopier(args: {
  readonly store: RunStore;
  readonly clock: Clock;
  readonly run: string;
}): RunCopier {
  const { store, clock, run } = args;
  const ended = new AbortController();
  let queue: Waiting[] = [];
  let draining = false;
  let failure: string | null = null;
  let hurry = new AbortController();
  const waiters: (() => void)[] = [];

  /** An object that was tried once is tried again as it was: its answer may be all that was lost. */
  function take(): { readonly key: string; readonly text: string; readonly count: number } | null {
    const first = queue[0];
    if (first === undefined) return null;
    if (first.kind === "file") return { key: first.key, text: first.text, count: 1 };
    const end = queue.findIndex((item) => item.kind === "file");
    const lines = end === -1 ? queue : queue.slice(0, end);
    return {
      key: copyKeys.journal(run, first.seq),
      text: lines.map(({ text }) => `${text}\n`).join(""),
      count: lines.length,
    };
  }

  async function pause(ms: number): Promise<void> {
    const wake = AbortSignal.any([hurry.signal, ended.signal]);
    await clock.sleep(ms, wake).catch((error: unknown) => {
      if (!wake.aborted) throw error;
    });
    ended.signal.throwIfAborted();
  }

  async function drain(): Promise<void> {
    let batch = take();
    while (batch !== null) {
      try {
        await store.add(batch.key, batch.text, ended.signal);
      } catch (error) {
        ended.signal.throwIfAborted();
        if (!(error instanceof PortError)) throw error;
        failure = error.message;
        wakeAll();
        await pause(retryMs);
        continue;
      }
      failure = null;
      queue = queue.slice(batch.count);
      if (queue.length === 0) wakeAll();
      // Lines that come meanwhile go out together.
      else if (queue.every(({ kind }) => kind === "line")) await pause(everyMs);
      batch = take();
    }
    // In the same breath as the last look at the queue: what is pushed later starts another drain.
    draining = false;
  }

  function wakeAll(): void {
    hurry = new AbortController();
    for (const wake of waiters.splice(0)) wake();
  }

  function push(item: Waiting): void {
    if (ended.signal.aborted) return;
    queue.push(item);
    if (draining) return;
    draining = true;
    // A run never ends for its copy's sake: whatever goes wrong here is what `problem` says.
    void Promise.resolve()
      .then(drain)
      .catch((error: unknown) => {
        failure ??= error instanceof Error ? error.message : String(error);
        draining = false;
        wakeAll();
      });
  }

  async function settle(limitMs: number, signal: AbortSignal, patient = false): Promise<boolean> {
    const limit = new AbortController();
    const stop = AbortSignal.any([limit.signal, signal]);
    const timer = clock.sleep(limitMs, stop).catch(() => undefined);
    const until = clock.monotonic() + limitMs;
    while (queue.length > 0 && draining && !signal.aborted && clock.monotonic() < until) {
      if (failure !== null && !patient) break;
      hurry.abort(new Stopped("sibling", "somebody waits for the copy"));
      await Promise.race([timer, new Promise<void>((resolve) => waiters.push(resolve))]);
      if (failure !== null && patient) await clock.sleep(everyMs, stop).catch(() => undefined);
    }
    limit.abort(new Stopped("sibling", "settled"));
    await timer;
    return queue.length === 0;
  }

  return {
    line: (seq, text) => push({ kind: "line", seq, text }),
    file: (path, text) => push({ kind: "file", key: copyKeys.file(run, sha256(text), path), text }),
    settle,
    problem: () =>
      queue.length === 0
        ? null
        : `${queue.length} lines and files are not in the third place: ${failure ?? "they were still on their way"}`,
    close: () => ended.abort(new Stopped("sibling", "the run has ended")),
  };
}
