import { parseTimestamp, timestampForms } from "../../config/timestamp.ts";
import type { RecoveryRequest } from "../../drill/recovery.ts";
import { UserError } from "../../errors/user-error.ts";

/** Where a recovery ends, as commander gives it: text, or nothing. */
export interface TargetFlags {
  readonly toTime?: string;
  readonly toLsn?: string;
  readonly toName?: string;
  readonly toSet?: string;
  readonly fromSet?: string;
  readonly before?: boolean;
  readonly repository?: string;
  readonly repositoryAsOf?: string;
}

const lsn = /^[0-9A-Fa-f]{1,8}\/[0-9A-Fa-f]{1,8}$/;
const label = /^\d{8}-\d{6}F(_\d{8}-\d{6}[DI])?$/;
const name = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;

/** Every wrong argument is a `UserError` before anything is looked at. */
export function parseTarget(flags: TargetFlags): RecoveryRequest {
  const given = [
    ["--to-time", "time", flags.toTime],
    ["--to-lsn", "lsn", flags.toLsn],
    ["--to-name", "name", flags.toName],
    ["--to-set", "set", flags.toSet],
  ] as const;
  const chosen = given.filter(([, , value]) => value !== undefined);
  if (chosen.length > 1)
    throw wrong(
      "more than one place to recover to",
      chosen.map(([flag]) => flag).join(" and "),
      "one of them",
    );
  const [flag, kind, value] = chosen[0] ?? (["", "latest", undefined] as const);
  const exclusive = flags.before === true;
  if (exclusive && kind !== "time" && kind !== "lsn")
    throw wrong(
      "--before has nothing to stop before",
      flag === "" ? "no target" : flag,
      "with --to-time or --to-lsn",
    );
  if (kind === "set" && flags.fromSet !== undefined)
    throw wrong(
      "--from-set has no meaning with --to-set",
      flags.fromSet,
      "with --to-time, --to-lsn or --to-name",
    );
  const set = kind === "set" ? value : flags.fromSet;
  if (set !== undefined && !label.test(set))
    throw wrong(
      "not a backup set",
      set,
      "a label such as 20261125-011500F or 20261125-011500F_20261125-091500D",
    );
  return {
    kind,
    target: kind === "set" || value === undefined ? null : checked(flag, kind, value),
    set: set ?? null,
    exclusive,
    repository: repositoryOf(flags.repository),
    asOf: flags.repositoryAsOf === undefined ? null : moment("--repository-as-of", flags.repositoryAsOf),
  };
}

function checked(flag: string, kind: RecoveryRequest["kind"], value: string): string {
  if (kind === "time") return moment(flag, value);
  if (kind === "lsn" && !lsn.test(value))
    throw wrong(`${flag} is not an LSN`, value, "for example 0/3000148");
  if (kind === "name" && !name.test(value))
    throw wrong(
      `${flag} is not a restore point's name`,
      value,
      "letters, digits, dots, hyphens and underscores",
    );
  return value;
}

/** In the stack file's form: ISO 8601, with its fraction. */
export function moment(flag: string, text: string): string {
  const parsed = parseTimestamp(text);
  if (parsed === undefined) throw wrong(`${flag} is not a time`, text, timestampForms);
  return parsed.replace(" ", "T").replace("+00", "Z");
}

function repositoryOf(text = "offsite"): "offsite" | "site" {
  if (text === "offsite" || text === "site") return text;
  throw wrong("no such repository", text, "offsite or site");
}

function wrong(what: string, got: string, allowed: string): UserError {
  return new UserError("ARGUMENT_INVALID", { what, got, allowed });
}

/** A folder's name, and the name in the epoch object. */
export function recoverRunId(text: string | undefined, nowMs: number): string {
  if (text === undefined)
    return `recover-${new Date(nowMs).toISOString().slice(0, 19).replaceAll(/[-:]/g, "").replace("T", "-")}`;
  if (/^[a-z0-9][a-z0-9-]{0,30}[a-z0-9]$/.test(text)) return text;
  throw wrong(
    "the run's id cannot be used",
    text,
    "2 to 32 lower-case letters, digits and hyphens, no hyphen at the ends",
  );
}
