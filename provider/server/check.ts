import type { z } from "zod";
import type { CheckFailure } from "./errors.ts";
import type { CheckOutcome } from "./handler.ts";
import { hasUnknown, type Plain, type PlainMap } from "./value.ts";

/** A cross-field rule; runs only when all the inputs are known. */
export type CrossCheck<I> = (inputs: I) => readonly CheckFailure[];

/**
 * Checks inputs against a schema, property by property, leaving alone what is unknown until apply.
 * A property that the schema does not name is refused: a misspelt one would otherwise be ignored.
 */
export function checkInputs<S extends z.ZodRawShape>(
  schema: z.ZodObject<S>,
  inputs: PlainMap,
  ...rules: readonly CrossCheck<z.infer<z.ZodObject<S>>>[]
): CheckOutcome {
  const failures: CheckFailure[] = [];
  const checked: Record<string, Plain> = {};
  const names = Object.keys(schema.shape);
  for (const name of Object.keys(inputs)) {
    if (!names.includes(name) && !name.startsWith("__")) {
      failures.push({ property: name, reason: `unknown property ${name}; allowed are ${names.join(", ")}` });
    }
  }
  for (const name of names) {
    const value = inputs[name] ?? undefined;
    if (hasUnknown(value)) {
      checked[name] = value as Plain;
      continue;
    }
    const parsed = (schema.shape[name] as unknown as z.ZodType).safeParse(value);
    if (parsed.success) {
      if (parsed.data !== undefined) checked[name] = parsed.data as Plain;
      continue;
    }
    for (const issue of parsed.error.issues) failures.push(toFailure(name, value, issue));
  }
  if (failures.length === 0 && !hasUnknown(checked)) {
    // Every property was parsed above; the whole object has the schema's type.
    for (const rule of rules) failures.push(...rule(checked as z.infer<z.ZodObject<S>>));
  }
  return { inputs: checked, failures };
}

function toFailure(name: string, value: unknown, issue: z.core.$ZodIssue): CheckFailure {
  const path = issue.path.reduce<string>(
    (text, part) => (typeof part === "number" ? `${text}[${part}]` : `${text}.${String(part)}`),
    name,
  );
  const reason = value === undefined ? `${name} is required` : issue.message;
  return { property: path, reason: `${path}: ${reason}` };
}
