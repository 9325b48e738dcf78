import type { Clock } from "../ports/host.ts";

/** What the prober needs from the world; `drill/adapters` does it for real, tests give fakes. */
export interface ProberPorts {
  readonly clock: Clock;
  readonly resolver: NameResolver;
  readonly ledgerFile: LedgerFile;
  readonly log: (line: string) => void;
}

export interface NameResolver {
  /** Asked anew each time, never the host's resolver. Rejects when there is no answer; empty is no answer. */
  resolve(name: string, signal: AbortSignal): Promise<readonly string[]>;
}

/** An append-only file. `sync` resolves when all that was appended is on disk. */
export interface LedgerFile {
  append(text: string): Promise<void>;
  sync(): Promise<void>;
}

export interface CommitReceipt {
  /** Position up to which the server had flushed WAL just after the commit: the commit lies at or before it. */
  readonly lsn: string;
  readonly timeline: number;
  /** Epoch that the database said after the commit. */
  readonly epoch: number;
}

/** The server said no before it committed: the row is certainly not there. Anything else thrown leaves it unknown. */
export class CommitRefused extends Error {
  constructor(what: string, options: { readonly cause?: unknown } = {}) {
    super(what, options);
    this.name = "CommitRefused";
  }
}

/** One connection of one writer. After any error it is closed and never used again. */
export interface WriterSession {
  readonly address: string;
  readonly epoch: number;
  /** Highest number of this writer and epoch in the database when the session began; 0 for none. */
  readonly highest: number;
  /** False once the connection is known to be gone: what is not sent need not be called unknown. */
  alive(): boolean;
  /** Resolves when the server acknowledged a synchronous commit. */
  commit(number: number): Promise<CommitReceipt>;
  close(): void;
}

export interface SessionOpener {
  open(address: string, signal: AbortSignal): Promise<WriterSession>;
}

export interface UserProof {
  readonly recordId: number;
  readonly epoch: number | null;
  readonly site: string | null;
}

/** What a user does: sign in if need be, write, read it back, and ask the database who it is. */
export interface UserAction {
  transact(address: string, reference: string, signal: AbortSignal): Promise<UserProof>;
}

export interface DocumentReceipt {
  readonly recordId: number;
  readonly bytes: number;
  /** Where its file belongs in the filestore. */
  readonly name: string;
}

/** A user's upload: acknowledged when the application answered that its row is committed. */
export interface DocumentAction {
  upload(address: string, title: string, signal: AbortSignal): Promise<DocumentReceipt>;
}
