/** The offsite object store. Rules for every implementation: ../ports.ts. */

export interface S3Object {
  readonly key: string;
  readonly size: number;
  readonly lastModifiedMs: number;
}

export interface S3Version extends S3Object {
  readonly versionId: string;
  readonly isLatest: boolean;
  readonly isDeleteMarker: boolean;
}

/** One thing that shortens a version's life, and what the store answered. */
export interface LockAttempt {
  readonly what: string;
  /** AccessDenied. Anything else, an error of another kind too, is no refusal. */
  readonly refused: boolean;
  readonly answer: string;
}

export type PutCondition = { readonly ifNoneMatch: "*" } | { readonly ifMatch: string };

/** The offsite store, from the operator's place. `bucket` is one of the stack files' names; the adapter picks the identity. */
export interface S3Port {
  getText(
    bucket: string,
    key: string,
    signal: AbortSignal,
  ): Promise<{ readonly text: string; readonly etag: string } | null>;
  /** 412 and 409 are `written: false`. */
  putText(
    bucket: string,
    key: string,
    text: string,
    condition: PutCondition,
    signal: AbortSignal,
  ): Promise<{ readonly written: true; readonly etag: string } | { readonly written: false }>;
  delete(bucket: string, key: string, condition: PutCondition | null, signal: AbortSignal): Promise<void>;
  /** Current objects, all pages. */
  list(bucket: string, prefix: string, signal: AbortSignal): Promise<readonly S3Object[]>;
  /** All versions and delete markers, all pages. */
  listVersions(bucket: string, prefix: string, signal: AbortSignal): Promise<readonly S3Version[]>;
  /** Writes `key` with the writer's keys and tries to shorten that version's life with them. */
  tryToShorten(bucket: string, key: string, signal: AbortSignal): Promise<readonly LockAttempt[]>;
  /** The store's own clock (Date header), for the comparison of clocks. */
  clock(signal: AbortSignal): Promise<{ readonly atMs: number; readonly roundTripMs: number }>;
}
