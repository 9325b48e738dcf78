import type { Clock } from "../ports/host.ts";
import type { NameResolver, SessionOpener, WriterSession } from "./ports.ts";
import { proberTimeouts } from "./settings.ts";

/**
 * Keeps one connection to whatever the name says. A connection that works is kept
 * until the name says something else; then the new one is opened before the old one is let go,
 * so that a record which moves too early costs no heartbeats.
 */
export interface SessionKeeper {
  /** The session, or null when none could be had in this attempt: call again, it waits between attempts. */
  current(signal: AbortSignal): Promise<WriterSession | null>;
  /** Call when a session threw: it is closed and the next `current` connects anew, at once the first time. */
  drop(session: WriterSession): void;
  close(): void;
}

const complaintsMost = 20;

export function createSessionKeeper(
  ports: {
    readonly clock: Clock;
    readonly resolver: NameResolver;
    readonly opener: SessionOpener;
    readonly log: (line: string) => void;
  },
  name: string,
): SessionKeeper {
  let session: WriterSession | null = null;
  /** Open and waiting: it takes over between two rows, never under one that is being committed. */
  let successor: WriterSession | null = null;
  let checkedAt = 0;
  let moving: Promise<void> | null = null;
  let waitMs = 0;
  let closed = false;
  /** Failures since the last connection: each is said once, or an outage of days would fill the log. */
  const said = new Set<string>();

  function complain(line: string): void {
    if (said.has(line) || said.size >= complaintsMost) return;
    said.add(line);
    ports.log(line);
  }

  async function open(addresses: readonly string[], signal: AbortSignal): Promise<WriterSession> {
    let failure: unknown = new Error(`${name} has no address`);
    for (const address of addresses) {
      try {
        return await ports.opener.open(address, signal);
      } catch (error) {
        signal.throwIfAborted();
        failure = error;
      }
    }
    throw failure;
  }

  async function connect(signal: AbortSignal): Promise<WriterSession | null> {
    if (waitMs > 0) await ports.clock.sleep(waitMs, signal);
    try {
      const opened = await open(await ports.resolver.resolve(name, signal), signal);
      waitMs = 0;
      checkedAt = ports.clock.monotonic();
      said.clear();
      ports.log(`connected to ${opened.address}, epoch ${opened.epoch}, highest number ${opened.highest}`);
      return opened;
    } catch (error) {
      signal.throwIfAborted();
      waitMs =
        waitMs === 0 ? proberTimeouts.backoffFirstMs : Math.min(waitMs * 2, proberTimeouts.backoffMostMs);
      complain(`no connection to ${name}: ${error instanceof Error ? error.message : String(error)}`);
      return null;
    }
  }

  async function move(from: WriterSession, signal: AbortSignal): Promise<void> {
    try {
      const addresses = await ports.resolver.resolve(name, signal);
      if (addresses.includes(from.address)) return;
      const next = await open(addresses, signal);
      if (session !== from || closed) {
        next.close();
        return;
      }
      successor = next;
      said.clear();
      ports.log(`${name} moved to ${next.address}, epoch ${next.epoch}, highest number ${next.highest}`);
    } catch (error) {
      // The name server or the new address does not answer: the connection that works is worth more.
      if (!signal.aborted)
        complain(`${name} not moved: ${error instanceof Error ? error.message : String(error)}`);
    } finally {
      moving = null;
    }
  }

  return {
    current: async (signal) => {
      if (successor !== null) {
        session?.close();
        session = successor;
        successor = null;
      }
      if (session !== null && !session.alive()) {
        session.close();
        session = null;
      }
      if (session === null) session = await connect(signal);
      else if (moving === null && ports.clock.monotonic() - checkedAt >= proberTimeouts.resolveEveryMs) {
        checkedAt = ports.clock.monotonic();
        moving = move(session, signal); // beside the heartbeats: a slow name server must not stop them
      }
      return session;
    },
    drop: (dropped) => {
      dropped.close();
      if (session === dropped) session = null;
    },
    close: () => {
      closed = true;
      session?.close();
      successor?.close();
      session = null;
      successor = null;
    },
  };
}
