import type { PlainMap } from "./value.ts";

/** One thing wrong with one property; shown by the engine beside the resource. */
export interface CheckFailure {
  readonly property: string;
  readonly reason: string;
}

/** Shown to the user as it is: what is wrong, what was given, what is allowed, and what to do next. */
export class ProviderError extends Error {
  override readonly name = "ProviderError";
  readonly hint: string | undefined;
  constructor(what: string, options?: { readonly hint?: string; readonly cause?: unknown }) {
    super(what, { cause: options?.cause });
    this.hint = options?.hint;
  }
}

/**
 * The change was made but is not good: the engine keeps the resource in state, marks it unhealthy and
 * tries an update next time. Throwing anything else would lose a resource that exists.
 */
export class PartialFailure extends Error {
  override readonly name = "PartialFailure";
  readonly id: string;
  readonly outputs: PlainMap;
  constructor(id: string, outputs: object, cause: unknown) {
    super(joinCauses(cause), { cause });
    this.id = id;
    // What a handler gives as outputs is what the server would have sent as outputs.
    this.outputs = outputs as PlainMap;
  }
}

/** What failed, why, and on a line of its own what to do: the outer error's hint is nearest to the user. */
export function describeError(error: unknown): string {
  const hint = findHint(error);
  return `${joinCauses(error)}${hint === undefined ? "" : `\nhint: ${hint}`}`;
}

function joinCauses(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? "" : joinCauses(error.cause);
  return cause === "" || error.message.includes(cause) ? error.message : `${error.message}: ${cause}`;
}

function findHint(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  return error instanceof ProviderError && error.hint !== undefined ? error.hint : findHint(error.cause);
}
