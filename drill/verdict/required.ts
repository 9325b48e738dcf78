import type { StackContract } from "../../contract/stack.ts";

/** What each scenario must have proved. A proof that is not there is "not judged", never "fine". */
export interface RequiredChecks {
  readonly integrity: readonly string[];
  readonly keyFunctions: readonly string[];
}

export const siteLossChecks = {
  integrity: [
    "old-site-fenced",
    "system-identifier",
    "timeline-pinned",
    "recovered-to-archive-end",
    "data-checksums",
    "row-floors",
    "indexes",
    "odoo-neutralised",
    "protected-again",
    "documents",
    "offsite-lock",
  ],
  keyFunctions: ["login", "read", "write", "document", "served-by-new-epoch"],
} as const satisfies RequiredChecks;

/** The primary serves on, so it is not fenced; the copy is thrown away, so it is not protected. */
export const rehearsalChecks = {
  integrity: [
    ...siteLossChecks.integrity.filter((id) => id !== "old-site-fenced" && id !== "protected-again"),
    "production-served",
    "production-unchanged",
    "no-leftovers",
  ],
  keyFunctions: siteLossChecks.keyFunctions,
} as const satisfies RequiredChecks;

/** Only where there is a sink to ask. */
export const sinkChecks = ["nothing-sent-outside"] as const;

export type KeyFunctionId = (typeof siteLossChecks.keyFunctions)[number];
/** Ids by group: a misspelt one would leave its proof "not judged" for ever. */
export interface CheckIds {
  readonly integrity:
    | (typeof siteLossChecks.integrity)[number]
    | (typeof rehearsalChecks.integrity)[number]
    | (typeof sinkChecks)[number];
  /** A service's own has the service before the point, as its stack's contract says. */
  readonly keyFunctions: KeyFunctionId | `${string}.${string}`;
}

/**
 * An unknown scenario must not pass by asking for nothing: it is held to this list too.
 *
 * @param contract of the site that goes on; its services' key functions are asked for beside those of every run
 * @param sink whether the run began with a sink for mail
 */
export function requiredChecks(
  scenario: string,
  contract: StackContract | null = null,
  sink = false,
): RequiredChecks {
  const declared = contract?.services.flatMap(({ keyFunctions = [] }) => keyFunctions.map(({ id }) => id));
  const checks = scenario === "rehearsal" ? rehearsalChecks : siteLossChecks;
  return {
    integrity: [...checks.integrity, ...(sink ? sinkChecks : [])],
    keyFunctions: [...new Set([...checks.keyFunctions, ...(declared ?? [])])],
  };
}
