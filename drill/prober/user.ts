import type { Clock } from "../ports.ts";
import type { Ledger } from "./ledger.ts";
import type { NameResolver, UserAction } from "./ports.ts";

export interface UserOptions {
  readonly publicName: string;
  readonly everyMs: number;
  readonly timeoutMs: number;
  /** Prefix of the references; unique to this start of the prober. */
  readonly reference: string;
}

export interface UserPorts {
  readonly clock: Clock;
  readonly resolver: NameResolver;
  readonly action: UserAction;
  readonly ledger: Ledger;
  /** Signal that aborts after so many milliseconds. */
  readonly timeout: (ms: number) => AbortSignal;
}

/** A real user's transaction through the public name, for ever, and its result in the ledger. */
export async function runUser(ports: UserPorts, options: UserOptions, signal: AbortSignal): Promise<void> {
  const { clock, ledger } = ports;
  for (let turn = 1; !signal.aborted; turn += 1) {
    const startedAt = clock.monotonic();
    const sentAtMs = clock.now();
    const attempt = {
      kind: "user",
      sentAtMs,
      address: null,
      epoch: null,
      site: null,
      recordId: null,
    } as const;
    let address: string | null = null;
    try {
      const limit = AbortSignal.any([signal, ports.timeout(options.timeoutMs)]);
      const addresses = await ports.resolver.resolve(options.publicName, limit);
      address = addresses[0] ?? null;
      if (address === null) throw new Error(`${options.publicName} has no address`);
      const proof = await ports.action.transact(address, `${options.reference}-${turn}`, limit);
      ledger.append({ ...attempt, atMs: clock.now(), ok: true, address, ...proof, error: null });
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
