import { StoreError } from "../clients/object-store.ts";
import { ProviderError } from "../server/errors.ts";

/** What a store may lack, and what stands in for it in the stack file. */
const alternatives = {
  versioning:
    "without versions nothing undoes a deletion: use a store that has them, or a second repository outside the site",
  "object lock":
    "set offsite.lock to none only with a second repository whose keys no site holds, or use a store that has it",
  lifecycle: "leave offsite.noncurrentDays to a job with the keeper's keys, or use a store that has it",
  "default encryption": "set offsite.encryption to none: pgBackRest's own cipher stays",
  policy:
    "leave offsite.writers out, and give the writing identities no right to delete versions in the store's own settings",
} as const;

export type Capability = keyof typeof alternatives;

const lackCodes = new Set(["NotImplemented", "MethodNotAllowed", "XNotImplemented"]);

/** Runs a setting call; a store that has no such thing is told apart from one that refuses or fails. */
export async function needCapability<T>(
  bucket: string,
  capability: Capability,
  run: () => Promise<T>,
): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof StoreError) || !(error.status === 501 || lackCodes.has(error.code))) throw error;
    throw new ProviderError(`bucket ${bucket}: the store has no ${capability}: ${error.message}`, {
      hint: alternatives[capability],
      cause: error,
    });
  }
}
