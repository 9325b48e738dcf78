import { isMap, type Plain, type PlainMap, Signed, UNKNOWN } from "./value.ts";

/** How one property differs; `add`, `delete` and `update` as a person reads them in a preview. */
export interface PropertyChange {
  readonly path: string;
  readonly kind: "add" | "delete" | "update";
}

/** Lists every difference by its path, the way `pulumi preview --diff` prints it: `targets[0].weight`. */
export function diffProperties(before: PlainMap, after: PlainMap): readonly PropertyChange[] {
  const changes: PropertyChange[] = [];
  compareMaps(before, after, "", changes);
  return changes;
}

/** Answers whether two plain values are the same; an unknown is never the same as anything. */
export function isSame(before: Plain, after: Plain): boolean {
  const changes: PropertyChange[] = [];
  compare(before, after, "value", changes);
  return changes.length === 0;
}

function compareMaps(before: PlainMap, after: PlainMap, prefix: string, changes: PropertyChange[]): void {
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    // Names the engine adds for itself (`__defaults`, `__meta`) are not properties.
    if (key.startsWith("__")) continue;
    const path = prefix === "" ? key : `${prefix}.${key}`;
    // null and absent mean the same: SDKs send either for "not set".
    const was = before[key] ?? undefined;
    const is = after[key] ?? undefined;
    if (was === undefined && is === undefined) continue;
    if (was === undefined) changes.push({ path, kind: "add" });
    else if (is === undefined) changes.push({ path, kind: "delete" });
    else compare(was, is, path, changes);
  }
}

function compare(before: Plain, after: Plain, path: string, changes: PropertyChange[]): void {
  if (Array.isArray(before) && Array.isArray(after)) compareLists(before, after, path, changes);
  else if (before instanceof Signed && after instanceof Signed) {
    if (before.signature !== after.signature) changes.push({ path, kind: "update" });
    else if (JSON.stringify(before.fields) !== JSON.stringify(after.fields))
      changes.push({ path, kind: "update" });
  } else if (isMap(before) && isMap(after)) compareMaps(before as PlainMap, after as PlainMap, path, changes);
  else if (after === UNKNOWN || before !== after) changes.push({ path, kind: "update" });
}

function compareLists(
  before: readonly Plain[],
  after: readonly Plain[],
  path: string,
  changes: PropertyChange[],
): void {
  for (let index = 0; index < Math.max(before.length, after.length); index++) {
    const was = before[index];
    const is = after[index];
    const itemPath = `${path}[${index}]`;
    if (was === undefined) changes.push({ path: itemPath, kind: "add" });
    else if (is === undefined) changes.push({ path: itemPath, kind: "delete" });
    else compare(was, is, itemPath, changes);
  }
}
