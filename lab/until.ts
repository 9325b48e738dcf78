import { setTimeout as sleep } from "node:timers/promises";

/** How long each thing in the lab may take before it counts as broken; generous, for slow machines. */
export const labTimeouts = {
  firstProcess: 10_000,
  placeGone: 30_000,
  nameservers: 60_000,
  objectStore: 90_000,
  apiServer: 180_000,
  siteReady: 300_000,
} as const satisfies Record<string, number>;
export type LabTimeout = keyof typeof labTimeouts;

export interface UntilOptions {
  readonly timeout: LabTimeout;
  /** @default 100 */
  readonly everyMs?: number;
  readonly signal?: AbortSignal | undefined;
}

/** A condition that was not met in time, with what was last seen. */
export class LabTimeoutError extends Error {
  constructor(what: string, timeout: LabTimeout, lastSeen: string) {
    super(`${what}: not within ${labTimeouts[timeout] / 1000} s; last seen: ${lastSeen}`);
    this.name = "LabTimeoutError";
  }
}

/** Thrown by a probe when waiting longer is of no use. */
export class HopelessError extends Error {}

/**
 * Asks `probe` again and again: undefined is met, a text says what is still missing.
 * A probe that throws counts as not met, with the error as the text.
 */
export async function until(
  what: string,
  probe: () => Promise<string | undefined>,
  { timeout, everyMs = 100, signal }: UntilOptions,
): Promise<void> {
  const deadline = performance.now() + labTimeouts[timeout];
  let lastSeen = "nothing yet";
  while (performance.now() < deadline) {
    signal?.throwIfAborted();
    const missing = await probe().catch((error: unknown) => {
      if (error instanceof HopelessError) throw error;
      return error instanceof Error ? error.message : String(error);
    });
    if (missing === undefined) return;
    lastSeen = missing;
    await sleep(everyMs, undefined, signal === undefined ? {} : { signal });
  }
  throw new LabTimeoutError(what, timeout, lastSeen);
}
