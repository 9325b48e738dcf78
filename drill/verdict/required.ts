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
  ],
  keyFunctions: ["login", "read", "write", "document", "served-by-new-epoch"],
} as const satisfies RequiredChecks;

export type KeyFunctionId = (typeof siteLossChecks.keyFunctions)[number];
/** Ids by group: a misspelt one would leave its proof "not judged" for ever. */
export interface CheckIds {
  readonly integrity: (typeof siteLossChecks.integrity)[number];
  readonly keyFunctions: KeyFunctionId;
}

/** An unknown scenario must not pass by asking for nothing: it is held to this list too. */
export function requiredChecks(_scenario: string): RequiredChecks {
  return siteLossChecks;
}
