/** A value that only an apply will know. Its own symbol, so that no string a user writes can look like it. */
export const UNKNOWN: unique symbol = Symbol("unknown until apply");
export type Unknown = typeof UNKNOWN;

/** Marks a value the engine must encrypt in state and mask on screen. */
export class Secret {
  readonly value: Value;
  constructor(value: Value) {
    // Nested marks add nothing and would make two equal secrets compare as different.
    this.value = value instanceof Secret ? value.value : value;
  }
}

/**
 * An asset, an archive or a resource reference: nothing here looks inside, it only has to come back
 * out with the same signature and fields.
 */
export class Signed {
  readonly signature: string;
  readonly fields: ValueMap;
  constructor(signature: string, fields: ValueMap) {
    this.signature = signature;
    this.fields = fields;
  }
}

/** What a property can be on the wire. `Plain` is the same without `Secret`. */
export type Value =
  | null
  | boolean
  | number
  | string
  | Unknown
  | Secret
  | Signed
  | readonly Value[]
  | ValueMap;
export interface ValueMap {
  readonly [key: string]: Value;
}

/** What handlers see: secrets are unwrapped before a call and wrapped again after it (secrets.ts). */
export type Plain = null | boolean | number | string | Unknown | Signed | readonly Plain[] | PlainMap;
export interface PlainMap {
  readonly [key: string]: Plain;
}

/** Answers whether a value is a map of properties and not one of the marker classes. */
export function isMap(value: unknown): value is ValueMap {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Secret) &&
    !(value instanceof Signed)
  );
}

/** Answers whether anything inside is only known at apply. */
export function hasUnknown(value: Value | undefined): boolean {
  if (value === UNKNOWN) return true;
  if (value instanceof Secret) return hasUnknown(value.value);
  if (Array.isArray(value)) return value.some((item: Value) => hasUnknown(item));
  if (isMap(value)) return Object.values(value).some((item) => hasUnknown(item));
  return false;
}
