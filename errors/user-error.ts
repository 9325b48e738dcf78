import { type ErrorCode, errorCatalogue } from "./catalogue.ts";

export interface UserErrorDetails {
  /** What is wrong, in the user's terms; lower case, no final stop. */
  readonly what: string;
  /** The value that was given. */
  readonly got?: string;
  /** What would have been accepted. */
  readonly allowed?: string;
  /** The next command or change; the catalogue's hint when left out. */
  readonly hint?: string;
  readonly cause?: unknown;
}

/** An error that the user can act on: shown without a stack trace. Anything else thrown is a bug. */
export class UserError extends Error {
  readonly code: ErrorCode;
  readonly exitStatus: 1 | 2;
  readonly details: UserErrorDetails;

  constructor(code: ErrorCode, details: UserErrorDetails) {
    super(formatUserError(code, details), details.cause === undefined ? {} : { cause: details.cause });
    this.name = "UserError";
    this.code = code;
    this.exitStatus = errorCatalogue[code].exitStatus;
    this.details = details;
  }
}

function formatUserError(code: ErrorCode, details: UserErrorDetails): string {
  const lines = [details.what];
  if (details.got !== undefined) lines.push(`  got: ${details.got}`);
  if (details.allowed !== undefined) lines.push(`  allowed: ${details.allowed}`);
  lines.push(`hint: ${details.hint ?? errorCatalogue[code].hint}`);
  return lines.join("\n");
}
