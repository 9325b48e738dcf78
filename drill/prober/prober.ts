import type { LedgerEntry } from "../../contract/ledger.ts";
import type { ChainHead } from "../../contract/ledger-chain.ts";
import type { ControlAnswer, ControlRequest } from "./control.ts";
import { documentAction } from "./documents.ts";
import { createLedger } from "./ledger.ts";
import { createNumbers, type Numbers } from "./numbers.ts";
import type { DocumentAction, ProberPorts, SessionOpener, UserAction } from "./ports.ts";
import { repeatThroughPublicName } from "./public-name.ts";
import { createSessionKeeper } from "./session-keeper.ts";
import type { ProberSettings } from "./settings.ts";
import { userAction } from "./user.ts";
import { runWriter } from "./writer.ts";

/** What an earlier start with the same ledger left behind. */
export interface EarlierLedger {
  readonly head: ChainHead;
  readonly entries: readonly LedgerEntry[];
}

export interface ProberParts extends ProberPorts {
  readonly settings: ProberSettings;
  readonly earlier: EarlierLedger;
  readonly heartbeats: SessionOpener | null;
  readonly load: SessionOpener | null;
  readonly user: UserAction | null;
  readonly documents: DocumentAction | null;
  readonly canary: UserAction | null;
  readonly timeout: (ms: number) => AbortSignal;
  /** Who this is, for the ledger's start line. */
  readonly prober: string;
}

export interface Prober {
  /** Runs until stopped; resolves when the stop line is on disk. */
  run(signal: AbortSignal): Promise<void>;
  handle(request: ControlRequest): Promise<ControlAnswer>;
}

/** So many load rows may wait for the disk: a prober that is killed loses less than a tenth of a second of them. */
const loadBacklogMost = 32;

/** What is written through a rehearsal's name begins so: none of it may ever be found where the business is served. */
export const canaryPrefix = "holdfast-canary-";

export function createProber(parts: ProberParts): Prober {
  const { clock, settings, resolver, log } = parts;
  const ledger = createLedger(parts.ledgerFile, parts.earlier.head);
  const stopping = new AbortController();
  let loadPerSecond = settings.load?.rowsPerSecond ?? 0;
  let canaryTries = false;

  function numbersOf(writer: "heartbeat" | "load"): Numbers {
    const numbers = createNumbers();
    for (const entry of parts.earlier.entries) {
      if ((entry.kind === "ack" || entry.kind === "unknown") && entry.writer === writer)
        numbers.note(entry.epoch, entry.number);
    }
    return numbers;
  }

  async function writes(
    writer: "heartbeat" | "load",
    opener: SessionOpener,
    perSecond: () => number,
    backlogMost: number,
    signal: AbortSignal,
  ): Promise<void> {
    const say = (line: string): void => log(`${writer}: ${line}`);
    const keeper = createSessionKeeper({ clock, resolver, opener, log: say }, settings.databaseName);
    try {
      await runWriter(
        { clock, ledger, keeper, numbers: numbersOf(writer), log: say },
        { writer, perSecond, backlogMost },
        signal,
      );
    } finally {
      keeper.close();
    }
  }

  function answer(): ControlAnswer {
    return { ok: true, atMs: clock.now(), head: ledger.head(), loadRowsPerSecond: loadPerSecond };
  }

  return {
    run: async (outer) => {
      const signal = AbortSignal.any([outer, stopping.signal]);
      const { publicName, databaseName } = settings;
      ledger.append({ kind: "start", atMs: clock.now(), prober: parts.prober, publicName, databaseName });
      await ledger.durable();
      const works: Promise<void>[] = [];
      if (parts.heartbeats !== null) {
        const rate = settings.heartbeat?.perSecond ?? 0;
        works.push(writes("heartbeat", parts.heartbeats, () => rate, 0, signal));
      }
      if (parts.load !== null)
        works.push(writes("load", parts.load, () => loadPerSecond, loadBacklogMost, signal));
      const ports = { clock, resolver, ledger, timeout: parts.timeout };
      if (parts.user !== null) {
        const { everyMs, timeoutMs } = settings.user ?? { everyMs: 1000, timeoutMs: 3000 };
        const reference = `holdfast-probe-${Math.round(clock.now())}`;
        const options = { publicName, everyMs, timeoutMs, reference };
        works.push(repeatThroughPublicName(ports, options, userAction(parts.user), signal));
      }
      if (parts.canary !== null && settings.canary !== null) {
        const { everyMs, timeoutMs } = settings.user ?? { everyMs: 1000, timeoutMs: 3000 };
        const reference = `${canaryPrefix}${Math.round(clock.now())}`;
        const options = {
          publicName: settings.canary.name,
          everyMs,
          timeoutMs,
          reference,
          paused: () => !canaryTries,
        };
        works.push(repeatThroughPublicName(ports, options, userAction(parts.canary, "canary"), signal));
      }
      if (parts.documents !== null) {
        const { everyMs, timeoutMs } = settings.documents ?? { everyMs: 5000, timeoutMs: 5000 };
        const reference = `holdfast-document-${Math.round(clock.now())}`;
        const options = { publicName, everyMs, timeoutMs, reference };
        works.push(repeatThroughPublicName(ports, options, documentAction(parts.documents), signal));
      }
      try {
        await Promise.all(works);
      } catch (error) {
        if (!signal.aborted) throw error;
      } finally {
        stopping.abort();
        await Promise.allSettled(works);
      }
      ledger.append({ kind: "stop", atMs: clock.now() });
      await ledger.durable();
    },
    handle: async (request) => {
      switch (request.command) {
        case "mark": {
          const atMs = clock.now();
          const head = ledger.append({ kind: "mark", atMs, name: request.name, detail: request.detail });
          await ledger.durable();
          return { ok: true, atMs, head, loadRowsPerSecond: loadPerSecond };
        }
        case "load":
          if (parts.load === null) return { ok: false, error: "this prober has no write load in its config" };
          loadPerSecond = request.rowsPerSecond;
          return answer();
        case "canary":
          if (parts.canary === null)
            return { ok: false, error: "this prober has no rehearsal's name in its config" };
          canaryTries = request.on;
          return answer();
        case "status":
          return answer();
        case "stop":
          stopping.abort();
          return answer();
      }
    },
  };
}
