import type { LedgerEvent } from "../../contract/ledger-chain.ts";
import type { Clock } from "../ports/host.ts";
import type { Ledger } from "./ledger.ts";
import type { NameResolver } from "./ports.ts";

export interface PublicNameOptions {
  readonly publicName: string;
  readonly everyMs: number;
  readonly timeoutMs: number;
  /** Prefix of the references; unique to this start of the prober. */
  readonly reference: string;
  /** @default () => false */
  readonly paused?: () => boolean;
}

const pausedMs = 100;

export interface PublicNamePorts {
  readonly clock: Clock;
  readonly resolver: NameResolver;
  readonly ledger: Ledger;
  /** Signal that aborts after so many milliseconds. */
  readonly timeout: (ms: number) => AbortSignal;
}

/** What every try has, whoever it plays. */
export interface Try {
  readonly sentAtMs: number;
  readonly atMs: number;
  readonly address: string | null;
}

/** One thing that a user does, and how the ledger says that it went. */
export interface PublicAction<T> {
  readonly act: (address: string, reference: string, signal: AbortSignal) => Promise<T>;
  readonly succeeded: (common: Try, result: T) => LedgerEvent;
  readonly failed: (common: Try, error: string) => LedgerEvent;
}

/** The same through the public name for ever, resolved anew each time, with each result in the ledger. */
export async function repeatThroughPublicName<T>(
  ports: PublicNamePorts,
  options: PublicNameOptions,
  { act, succeeded, failed }: PublicAction<T>,
  signal: AbortSignal,
): Promise<void> {
  const { clock, ledger } = ports;
  for (let turn = 1; !signal.aborted; turn += 1) {
    while (options.paused?.() === true) await clock.sleep(pausedMs, signal);
    const startedAt = clock.monotonic();
    const sentAtMs = clock.now();
    let address: string | null = null;
    try {
      const limit = AbortSignal.any([signal, ports.timeout(options.timeoutMs)]);
      address = (await ports.resolver.resolve(options.publicName, limit))[0] ?? null;
      if (address === null) throw new Error(`${options.publicName} has no address`);
      const result = await act(address, `${options.reference}-${turn}`, limit);
      ledger.append(succeeded({ sentAtMs, atMs: clock.now(), address }, result));
    } catch (cause) {
      if (signal.aborted) return; // told to stop: this one is nobody's failure
      const error = cause instanceof Error ? cause.message : String(cause);
      ledger.append(failed({ sentAtMs, atMs: clock.now(), address }, error));
    }
    await ledger.durable();
    const rest = options.everyMs - (clock.monotonic() - startedAt);
    if (rest > 0) await clock.sleep(rest, signal);
  }
}
