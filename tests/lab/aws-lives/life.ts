import type { PlainMap } from "../../../provider/server/value.ts";
import type { Account } from "../support/aws-account.ts";

/** One type's resource from its creation to its end. */
export interface Life {
  readonly type: string;
  readonly inputs: PlainMap;
  /** What an update changes, and the paths it shows. */
  readonly changed?: PlainMap;
  readonly shows?: readonly string[];
  readonly replaces: PlainMap;
  readonly replacing: string;
  /** No service tells it to an import. */
  readonly notImported?: readonly string[];
}

/** By the type's name; what a life needs before it, its function creates. */
export type Lives = readonly (readonly [string, (aws: Account) => Promise<Life>])[];

let number = 0;
/** Names that no other test has. */
export const fresh = (what: string): string => `${what}-${++number}`;

export const policyOf = (action: string): string =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Sid: "One", Effect: "Allow", Action: action, Resource: "*" }],
  });
