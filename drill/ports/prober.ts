import type { LedgerEntry, Present } from "../../contract/ledger.ts";
import type { Site } from "../../contract/stack.ts";

/** Who measures from the third place. Rules for every implementation: ../ports.ts. */

export interface ProberPort {
  /** Starts it in the third place for this run, with a new ledger. Idempotent for the same run id. */
  start(
    args: { readonly run: string; readonly heartbeatsPerSecond: number },
    signal: AbortSignal,
  ): Promise<void>;
  /** Ends it; the ledger gets its `stop` line. Nothing to stop is fine. */
  stop(signal: AbortSignal): Promise<void>;
  running(): Promise<boolean>;
  /** Writes a `mark` line on the prober's clock and resolves, when it is on disk, with its time. */
  mark(name: string, detail: string, signal: AbortSignal): Promise<{ readonly atMs: number }>;
  /** Whether the user of the rehearsal's own name tries. Nothing to stop is fine. */
  canary(on: boolean, signal: AbortSignal): Promise<void>;
  readonly ledgerPath: string;
  /** The newest `count` entries, oldest first. */
  tail(count: number): Promise<readonly LedgerEntry[]>;
  /** All of it, byte for byte: the judge checks the chain. */
  readLedger(): Promise<string>;
  /** Present numbers of that epoch read from the site's database, a Present for each writer. */
  present(site: Site, epoch: number, signal: AbortSignal): Promise<readonly Present[]>;
}

/** The write load: rows of writer "load", acknowledged in the prober's ledger. */
export interface LoadPort {
  start(args: { readonly run: string; readonly rowsPerSecond: number }, signal: AbortSignal): Promise<void>;
  stop(signal: AbortSignal): Promise<void>;
  running(): Promise<boolean>;
}
