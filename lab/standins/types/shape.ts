// Of the stand-ins for Pulumi's providers, their types: the lab's alone.
import type { CheckFailure } from "../../../provider/server/errors.ts";
import { hasUnknown, isMap, type Plain, type PlainMap } from "../../../provider/server/value.ts";

/**
 * What a property holds, as the generated tables write it: a scalar's name, `[shape]` for a list, `{"*": shape}`
 * for a map with free keys, any other object for one with named properties (`name!` where it is required).
 * `document` is JSON, as text or as a value; `any` is not looked into.
 */
export type Shape = "string" | "number" | "boolean" | "document" | "any" | readonly [Shape] | Fields;
export interface Fields {
  readonly [name: string]: Shape;
}

/** One resource type of an SDK. */
export interface TypeTable {
  readonly inputs: Fields;
  /** Names of all outputs; inputs come back as outputs too. */
  readonly outputs: readonly string[];
  readonly secretOutputs: readonly string[];
}

/** A generated file. */
export interface ProviderTable {
  readonly generated: string;
  readonly version: string;
  /** The provider's own configuration. */
  readonly provider: Fields;
  readonly types: Readonly<Record<string, TypeTable>>;
}

/**
 * Everything wrong with the inputs: what is missing, what the type does not have, what has the wrong type, each with
 * its whole path. A value that only the apply will know is left alone, as is what the engine adds (`__defaults`).
 */
export function checkShape(fields: Fields, inputs: PlainMap, prefix = ""): readonly CheckFailure[] {
  const named = new Map(Object.entries(fields).map(([key, shape]) => [plainName(key), { key, shape }]));
  const failures: CheckFailure[] = [];
  for (const [name, value] of Object.entries(inputs)) {
    const property = prefix === "" ? name : `${prefix}.${name}`;
    const known = named.get(name);
    if (name.startsWith("__") || value === null || value === undefined) continue;
    if (known === undefined) {
      failures.push(
        failure(property, `unknown property; allowed are ${[...named.keys()].sort().join(", ")}`),
      );
    } else failures.push(...checkValue(known.shape, value, property));
  }
  for (const [name, { key }] of named) {
    if (key.endsWith("!") && (inputs[name] ?? null) === null) {
      failures.push(failure(prefix === "" ? name : `${prefix}.${name}`, "is required"));
    }
  }
  return failures;
}

function checkValue(shape: Shape, value: Plain, property: string): readonly CheckFailure[] {
  if (typeof value === "symbol" || shape === "any") return [];
  if (shape === "document") {
    return typeof value === "string" || isMap(value) ? [] : [wrongType(property, "a JSON document", value)];
  }
  if (typeof shape === "string") {
    return typeof value === shape ? [] : [wrongType(property, `a ${shape}`, value)];
  }
  if (Array.isArray(shape)) {
    if (!Array.isArray(value)) return [wrongType(property, "a list", value)];
    const [item] = shape as readonly [Shape];
    return value.flatMap((each: Plain, index) => checkValue(item, each, `${property}[${index}]`));
  }
  if (!isMap(value)) return [wrongType(property, "a map", value)];
  const fields = shape as Fields;
  const free = fields["*"];
  if (free === undefined) return checkShape(fields, value as PlainMap, property);
  return Object.entries(value).flatMap(([key, each]) =>
    each === null || key.startsWith("__") ? [] : checkValue(free, each as Plain, `${property}.${key}`),
  );
}

/** `name!` is `name`. */
export function plainName(key: string): string {
  return key.replace(/!$/u, "");
}

function wrongType(property: string, wanted: string, value: Plain): CheckFailure {
  const got = hasUnknown(value) ? "something only known at apply" : JSON.stringify(value);
  return failure(property, `must be ${wanted}, got ${got}`);
}

function failure(property: string, reason: string): CheckFailure {
  return { property, reason: `${property}: ${reason}` };
}
