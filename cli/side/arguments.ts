import { type Site, sites } from "../../contract/stack.ts";
import { UserError } from "../../errors/user-error.ts";
import { moment, parseTarget, type TargetFlags } from "../recover/arguments.ts";
import { epochNumber } from "../recover/epoch-number.ts";
import type { ExtractRequest } from "./extract.ts";
import type { CopyRequest } from "./plan.ts";

export interface RestoreFlags extends TargetFlags {
  readonly to: string;
  readonly epoch?: string;
  readonly site?: string;
  readonly volume?: string;
}

export function parseRestoreFlags(flags: RestoreFlags): CopyRequest {
  return {
    namespace: namespaceOf(flags.to),
    request: parseTarget(flags),
    site: siteOf(flags.site),
    epoch: epochNumber(flags.epoch),
    volume: flags.volume ?? null,
  };
}

export interface ExtractFlags extends Omit<TargetFlags, "toTime"> {
  readonly table: string;
  readonly at: string;
  readonly database: string;
  readonly output: string;
  readonly epoch?: string;
  readonly site?: string;
  readonly volume?: string;
}

export function parseExtractFlags(flags: ExtractFlags, nowMs: number): ExtractRequest {
  const { table, database, output } = flags;
  for (const [flag, value] of [
    ["--table", table],
    ["--database", database],
    ["--output", output],
  ] as const) {
    if (value.trim() === "" || value.startsWith("-"))
      throw new UserError("ARGUMENT_INVALID", {
        what: `${flag} cannot be used`,
        got: value,
        allowed: "a name",
      });
  }
  return {
    ...parseRestoreFlags({
      ...flags,
      // Another one each time: one that a killed extract left behind is in nobody's way.
      to: `holdfast-extract-${nowMs.toString(36)}`,
      toTime: moment("--at", flags.at),
    }),
    table,
    database,
    output,
  };
}

function namespaceOf(text: string): string {
  if (/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(text)) return text;
  throw new UserError("ARGUMENT_INVALID", {
    what: "--to is not a namespace's name",
    got: text,
    allowed: "at most 63 of a-z, 0-9 and hyphens",
  });
}

function siteOf(text: string | undefined): Site | null {
  if (text === undefined) return null;
  const found = sites.find((site) => site === text);
  if (found !== undefined) return found;
  throw new UserError("ARGUMENT_INVALID", { what: "no such site", got: text, allowed: sites.join(", ") });
}
