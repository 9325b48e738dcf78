// Of the stand-ins for Pulumi's plugins: the lab's alone.
import { isMap, type Plain, type PlainMap } from "../../provider/server/value.ts";

/**
 * The inputs that state should keep after a read: what was known wherever the service says the same in other words
 * (a document in another order, a default spelt out), and what the service has wherever it differs.
 */
export function keepKnown(known: PlainMap, live: PlainMap): PlainMap {
  const names = new Set([...Object.keys(known), ...Object.keys(live)]);
  return Object.fromEntries(
    [...names].flatMap((name): readonly (readonly [string, Plain])[] => {
      const was = known[name] ?? null;
      const is = live[name] ?? null;
      const value = agrees(was, is) ? was : is;
      return value === null ? [] : [[name, value]];
    }),
  );
}

/** Answers whether two values mean the same to the service. */
export function agrees(one: Plain, other: Plain): boolean {
  if (isNothing(one) && isNothing(other)) return true;
  if (typeof one === "string" && typeof other === "string") {
    return one === other || sameDocument(one, other);
  }
  if (Array.isArray(one) && Array.isArray(other)) {
    if (one.length !== other.length) return false;
    // The service's lists are sets: it answers in an order of its own.
    const rest = [...(other as readonly Plain[])];
    return (one as readonly Plain[]).every((item) => {
      const index = rest.findIndex((candidate) => agrees(item, candidate));
      if (index >= 0) rest.splice(index, 1);
      return index >= 0;
    });
  }
  if (isMap(one) && isMap(other)) {
    const names = new Set([...Object.keys(one), ...Object.keys(other)]);
    return [...names].every(
      (name) => name.startsWith("__") || agrees((one[name] ?? null) as Plain, (other[name] ?? null) as Plain),
    );
  }
  return one === other;
}

/** A default: what the service answers for a property that nobody set. */
function isNothing(value: Plain): boolean {
  if (value === null || value === undefined || value === false || value === "") return true;
  if (Array.isArray(value)) return value.length === 0;
  return isMap(value) && Object.values(value).every((each) => isNothing(each as Plain));
}

function sameDocument(one: string, other: string): boolean {
  const left = parse(one);
  const right = parse(other);
  return left !== undefined && right !== undefined && canonical(left) === canonical(right);
}

function parse(text: string): object | undefined {
  if (!/^\s*[[{]/u.test(text)) return undefined;
  try {
    return JSON.parse(text) as object;
  } catch {
    // Text that only begins like a document.
    return undefined;
  }
}

/** Keys in order; lists keep theirs: in a policy only some are sets, and an order that differs is worth seeing. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, each: unknown) =>
    isMap(each) ? Object.fromEntries(Object.entries(each).toSorted(([a], [b]) => (a < b ? -1 : 1))) : each,
  );
}
