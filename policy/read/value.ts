/**
 * Reading of inputs whose shape is not known. The engine's library throws when a value is read that only the
 * up will know; these helpers let that through, so that a rule which needs it is told to be not judged.
 */

export function at(value: unknown, ...path: readonly (string | number)[]): unknown {
  let current = value;
  for (const key of path) {
    if (typeof current !== "object" || current === null) return undefined;
    current = (current as Readonly<Record<string | number, unknown>>)[key];
  }
  return current;
}

export function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** A number, or the digits of one. */
export function numberOf(value: unknown): number | undefined {
  if (typeof value === "number") return value;
  return typeof value === "string" && /^\d+(\.\d+)?$/.test(value) ? Number(value) : undefined;
}

export function keysOf(value: unknown): readonly string[] {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? Object.keys(value) : [];
}

export function lengthOf(value: unknown): number {
  return Array.isArray(value) ? value.length : 0;
}

/** A list's elements; one that stands alone is a list of itself (policy documents allow both). */
export function listOf(value: unknown): readonly unknown[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? Array.from({ length: value.length }, (_, index) => value[index]) : [value];
}

/** By mark and not by class: rules import nothing of the engine's library. */
export function isUnknownError(error: unknown): boolean {
  return error instanceof Error && "unknownTypeSentinel" in error;
}

/** Whether anything is given, known or not: an unknown value comes from another resource, so it will be there. */
export function isGiven(read: () => unknown): boolean {
  try {
    const value = read();
    return value !== undefined && value !== null && value !== "";
  } catch (error) {
    if (isUnknownError(error)) return true;
    throw error;
  }
}

/** The value, or undefined where it is not known yet. */
export function ifKnown<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (isUnknownError(error)) return undefined;
    throw error;
  }
}

/** Judges every item, those after one with an unknown value too; the first unknown is thrown at the end. */
export function* each<T, F>(
  items: readonly T[] | { readonly length: number; readonly read: (index: number) => T },
  judge: (item: T, index: number) => Iterable<F>,
): Generator<F> {
  let unknown: unknown;
  for (let index = 0; index < items.length; index += 1) {
    try {
      yield* judge("read" in items ? items.read(index) : (items[index] as T), index);
    } catch (error) {
      if (!isUnknownError(error)) throw error;
      unknown ??= error;
    }
  }
  if (unknown !== undefined) throw unknown;
}

/** The elements of a list in an input, each read only when it is judged. */
export function itemsOf(value: unknown): {
  readonly length: number;
  readonly read: (index: number) => unknown;
} {
  return { length: lengthOf(value), read: (index) => at(value, index) };
}
