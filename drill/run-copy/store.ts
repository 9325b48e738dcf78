/**
 * The records bucket as a run sees it: locked, and written with keys that add and never delete. What lies under
 * a key first is what counts: whoever holds the same keys can put another version above it, not in its place.
 */
export interface RunStore {
  /** Adds an object. One that is there already under that key stays as it is. Rejects with `PortError`. */
  add(key: string, text: string, signal: AbortSignal): Promise<void>;
  /** All pages, by key. */
  list(prefix: string, signal: AbortSignal): Promise<readonly StoredCopy[]>;
  /** The first version's text. */
  read(copy: StoredCopy, signal: AbortSignal): Promise<string>;
}

export interface StoredCopy {
  readonly key: string;
  /** Of its first version, whatever was put or deleted above it. */
  readonly versionId: string;
  /** 1 unless somebody wrote over it. */
  readonly versions: number;
}

/** Keys of a run's copy. The journal lies in parts, named by the number of their first line. */
export const copyKeys = {
  journal: (run: string, seq: number): string => `${journalPrefix(run)}${String(seq).padStart(8, "0")}.jsonl`,
  /** By digest: a file that a run writes again lies beside its earlier contents. */
  file: (run: string, sha256: string, path: string): string => `runs/${run}/files/${sha256}/${path}`,
  verdict: (run: string): string => `verdicts/${run}.json`,
} as const;

export const journalPrefix = (run: string): string => `runs/${run}/journal/`;
export const verdictPrefix = "verdicts/";
