import type { Clock } from "../ports/host.ts";
import type { Ledger } from "./ledger.ts";
import type { Numbers } from "./numbers.ts";
import { CommitRefused, type WriterSession } from "./ports.ts";
import type { SessionKeeper } from "./session-keeper.ts";
import { proberTimeouts } from "./settings.ts";

export interface WriterOptions {
  readonly writer: "heartbeat" | "load";
  /** Asked before each row; 0 pauses. */
  readonly perSecond: () => number;
  /** Lines of this writer's that may wait for the disk before it waits too. */
  readonly backlogMost: number;
}

export interface WriterPorts {
  readonly clock: Clock;
  readonly ledger: Ledger;
  readonly keeper: SessionKeeper;
  readonly numbers: Numbers;
  readonly log: (line: string) => void;
}

const pausedMs = 100;

/**
 * Commits numbered rows, one at a time, and writes down what became of each. One at a
 * time, so that the order in the ledger is the order of the commits.
 */
export async function runWriter(
  ports: WriterPorts,
  options: WriterOptions,
  signal: AbortSignal,
): Promise<void> {
  let due = ports.clock.monotonic();
  let refused = "";
  while (!signal.aborted) {
    const perSecond = options.perSecond();
    if (perSecond <= 0) {
      await ports.clock.sleep(pausedMs, signal);
      due = ports.clock.monotonic();
      continue;
    }
    const wait = due - ports.clock.monotonic();
    if (wait > 0) await ports.clock.sleep(wait, signal);
    // After the wait: a connection that ended during it is not written to.
    const session = await ports.keeper.current(signal);
    if (session === null) continue;
    // A stall is not made up for: a burst afterwards would measure the burst.
    due = Math.max(due, ports.clock.monotonic() - 1000 / perSecond) + 1000 / perSecond;

    const fate = await commitOne(ports, options.writer, session);
    if (fate === "refused") await ports.clock.sleep(proberTimeouts.backoffMostMs, signal);
    if (ports.ledger.backlog() > options.backlogMost) await ports.ledger.durable();
  }

  async function commitOne(
    { clock, ledger, keeper, numbers, log }: WriterPorts,
    writer: "heartbeat" | "load",
    session: WriterSession,
  ): Promise<"acknowledged" | "unknown" | "refused"> {
    const number = numbers.next(session.epoch, session.highest);
    const sentAtMs = clock.now();
    try {
      const receipt = await session.commit(number);
      const { lsn, timeline } = receipt;
      ledger.append({
        kind: "ack",
        atMs: clock.now(),
        writer,
        epoch: session.epoch,
        number,
        sentAtMs,
        lsn,
        timeline,
      });
      if (receipt.epoch !== session.epoch) keeper.drop(session); // a new term began under this connection
      return "acknowledged";
    } catch (cause) {
      keeper.drop(session);
      const error = cause instanceof Error ? cause.message : String(cause);
      if (cause instanceof CommitRefused) {
        if (error !== refused) log(`refused: ${error}`);
        refused = error;
        return "refused";
      }
      log(`${number} of epoch ${session.epoch} is unknown: ${error}`);
      ledger.append({
        kind: "unknown",
        atMs: clock.now(),
        writer,
        epoch: session.epoch,
        number,
        sentAtMs,
        error,
      });
      return "unknown";
    }
  }
}
