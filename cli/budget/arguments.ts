import { parseSize, sizeForms } from "../../config/size.ts";
import { type Site, sites } from "../../contract/stack.ts";
import { UserError } from "../../errors/user-error.ts";
import type { AskedSize } from "../../plan/recovery-budget.ts";

/** As commander gives them. */
export interface BudgetFlags {
  readonly stack: string;
  readonly size?: string;
  readonly sizeBytes?: string;
  readonly wal?: string;
}

export interface BudgetArguments {
  readonly stack: Site;
  readonly asked: AskedSize;
}

/** Every wrong argument is a `UserError` before a file is read. */
export function parseBudgetFlags({ stack, size, sizeBytes, wal }: BudgetFlags): BudgetArguments {
  const site = sites.find((name) => name === stack);
  if (site === undefined)
    throw new UserError("ARGUMENT_INVALID", {
      what: "no such site",
      got: stack,
      allowed: sites.join(", "),
    });
  if (size !== undefined && sizeBytes !== undefined)
    throw new UserError("ARGUMENT_INVALID", {
      what: "the size is given twice",
      got: `--size ${size} and --size-bytes ${sizeBytes}`,
      allowed: "one of them",
    });
  return {
    stack: site,
    asked: {
      databaseBytes: sizeBytes === undefined ? sizeOf("--size", size) : bytesOf(sizeBytes),
      walBytes: sizeOf("--wal", wal),
    },
  };
}

function sizeOf(flag: string, text: string | undefined): number | null {
  if (text === undefined) return null;
  const bytes = parseSize(text);
  if (bytes !== undefined) return bytes;
  throw new UserError("ARGUMENT_INVALID", { what: `${flag} is not a size`, got: text, allowed: sizeForms });
}

function bytesOf(text: string): number {
  const bytes = Number(text);
  if (/^[1-9]\d*$/.test(text) && Number.isSafeInteger(bytes)) return bytes;
  throw new UserError("ARGUMENT_INVALID", {
    what: "--size-bytes is not a number of bytes",
    got: text,
    allowed: `a whole number from 1 to ${Number.MAX_SAFE_INTEGER}`,
  });
}
