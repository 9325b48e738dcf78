import type { Authority } from "../../../../lab/secrets/certificates.ts";
import type { S3Store } from "../../../../provider/clients/s3.ts";
import type { CliHome } from "../cli-home.ts";
import type { TestNameServer } from "../name-server.ts";
import type { Undo } from "../undo.ts";

/** The third place of an example, at the names that its stack files have. */
export interface ThirdPlace {
  /** What in the stack files only a person can know: [file's text, what is there instead]. */
  readonly edits: readonly (readonly [RegExp, string])[];
  /** With every right, to look at what is there. */
  readonly store: S3Store;
  readonly names: TestNameServer;
  /** Keys of the identities that the offsite stack made, or that were there before it. */
  issueKeys(): Promise<void>;
}

/** Where an example's third place is put. */
export interface ThirdArgs {
  readonly home: CliHome;
  /** $HOLDFAST_SECRETS, where keys and CA go. */
  readonly secrets: string;
  readonly authority: Authority;
  readonly undo: Undo;
}

export const zone = "example.com";
export const controlBucket = "example-holdfast-control";
/** Whose keys the sites hold. */
export const identities = ["writer", "reader", "recorder", "documents"] as const;
