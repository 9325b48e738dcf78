import type { Clock } from "../ports.ts";
import type { Ledger } from "./ledger.ts";
import type { DocumentAction, NameResolver } from "./ports.ts";

export interface DocumentOptions {
  readonly publicName: string;
  readonly everyMs: number;
  readonly timeoutMs: number;
  /** Prefix of the titles; unique to this start of the prober. */
  readonly reference: string;
}

export interface DocumentPorts {
  readonly clock: Clock;
  readonly resolver: NameResolver;
  readonly action: DocumentAction;
  readonly ledger: Ledger;
  /** Signal that aborts after so many milliseconds. */
  readonly timeout: (ms: number) => AbortSignal;
}

/** A user who uploads a document through the public name, for ever: what a loss takes of files is counted by these. */
export async function runDocuments(
  ports: DocumentPorts,
  options: DocumentOptions,
  signal: AbortSignal,
): Promise<void> {
  const { clock, ledger } = ports;
  for (let turn = 1; !signal.aborted; turn += 1) {
    const startedAt = clock.monotonic();
    const attempt = {
      kind: "document",
      sentAtMs: clock.now(),
      name: null,
      bytes: null,
      recordId: null,
    } as const;
    let address: string | null = null;
    try {
      const limit = AbortSignal.any([signal, ports.timeout(options.timeoutMs)]);
      address = (await ports.resolver.resolve(options.publicName, limit))[0] ?? null;
      if (address === null) throw new Error(`${options.publicName} has no address`);
      const receipt = await ports.action.upload(address, `${options.reference}-${turn}`, limit);
      ledger.append({ ...attempt, atMs: clock.now(), ok: true, address, ...receipt, error: null });
    } catch (cause) {
      if (signal.aborted) return; // told to stop: this one is nobody's failure
      const error = cause instanceof Error ? cause.message : String(cause);
      ledger.append({ ...attempt, atMs: clock.now(), ok: false, address, error });
    }
    await ledger.durable();
    const rest = options.everyMs - (clock.monotonic() - startedAt);
    if (rest > 0) await clock.sleep(rest, signal);
  }
}
