import type { Role, Site } from "../../contract/stack.ts";

/** What the database pod says of its own promotion. Rules for every implementation: ../ports.ts. */

/** What a step of the promotion inside the pod is called in its status file. */
export const stewardPhases = [
  "waiting",
  "restore",
  "replay",
  "promote",
  "stanza",
  "roles",
  "neutralise",
  "archive",
  "ready",
] as const;
export type StewardPhase = (typeof stewardPhases)[number];

export interface StewardStatus {
  readonly site: Site;
  readonly role: Role;
  readonly epoch: number;
  readonly phase: StewardPhase;
  /** Set when it stands still because of an error; pgBackRest's or PostgreSQL's own words. */
  readonly error: string | null;
  readonly phases: readonly {
    readonly phase: StewardPhase;
    readonly startedAtMs: number;
    readonly endedAtMs: number | null;
  }[];
  /** When the last byte of the set was there; not said by pods of an older version. */
  readonly restoredAtMs?: number | null;
  readonly backupSet: string | null;
  /** Sets that were tried before it and found damaged, with pgBackRest's words. */
  readonly fallbacks: readonly { readonly set: string; readonly reason: string }[];
  readonly systemIdentifier: string | null;
  readonly recoveredLsn: string | null;
  readonly timeline: number | null;
  /** Draining: the last WAL segment, once it is in the offsite repository; null until then. */
  readonly drained: string | null;
}

export interface StewardPort {
  /** What the database pod says of itself; null while there is no pod, no container or no file. Explains, never decides. */
  status(site: Site, signal: AbortSignal): Promise<StewardStatus | null>;
}
