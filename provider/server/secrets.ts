import { isMap, type Plain, type PlainMap, Secret, type Value, type ValueMap } from "./value.ts";

/** Unwraps every secret, for code that has to use the values. */
export function reveal(map: ValueMap): PlainMap {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, revealValue(value)]));
}

function revealValue(value: Value): Plain {
  if (value instanceof Secret) return revealValue(value.value);
  if (Array.isArray(value)) return value.map((item: Value) => revealValue(item));
  if (isMap(value)) return reveal(value);
  return value as Plain;
}

/**
 * Gives outputs the secret marks of what they came from: a property is secret when its namesake in
 * `source` is. Inside maps the marks go to the single property; a list with one secret is secret as
 * a whole, because providers may reorder lists.
 */
export function withMarksOf(outputs: ValueMap, ...sources: readonly ValueMap[]): ValueMap {
  return Object.fromEntries(
    Object.entries(outputs)
      // Optional properties of handlers' types are there with no value; on the wire they are not.
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => [key, sources.reduce((marked, source) => markLike(marked, source[key]), value)]),
  );
}

function markLike(value: Value, source: Value | undefined): Value {
  if (source === undefined || value instanceof Secret) return value;
  if (isMap(value) && isMap(source)) return withMarksOf(value, source);
  return hasSecret(source) ? new Secret(value) : value;
}

/** Marks the named properties secret, whatever they came from. */
export function withSecrets(outputs: ValueMap, names: readonly string[]): ValueMap {
  return Object.fromEntries(
    Object.entries(outputs).map(([key, value]) => [key, names.includes(key) ? new Secret(value) : value]),
  );
}

/** Answers whether anything inside is marked secret. */
export function hasSecret(value: Value): boolean {
  if (value instanceof Secret) return true;
  if (Array.isArray(value)) return value.some((item: Value) => hasSecret(item));
  if (isMap(value)) return Object.values(value).some(hasSecret);
  return false;
}
