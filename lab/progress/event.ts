/** One thing that happened to one long piece of work; `id` says which, over its whole life. */
export interface ProgressEvent {
  readonly kind: "start" | "done" | "reused" | "failed" | "note";
  readonly id: string;
  readonly title: string;
  /** How long it took last time; absent where it was never done here. */
  readonly expectedMs?: number;
  /** How long it took now. */
  readonly ms?: number;
  readonly message?: string;
}

export interface Progress {
  report(event: ProgressEvent): void;
  /** Leaves the terminal in order; nothing is drawn after it. */
  close(): void;
}
