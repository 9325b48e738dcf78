import { UserError } from "../../errors/user-error.ts";

export function epochNumber(text: string | undefined): number | null {
  if (text === undefined) return null;
  const value = Number(text);
  if (/^\d{1,9}$/.test(text) && value >= 1) return value;
  throw new UserError("ARGUMENT_INVALID", {
    what: "--epoch is no epoch",
    got: text,
    allowed: "a number from 1",
  });
}
