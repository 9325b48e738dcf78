import { type Fields, plainName, type Shape } from "../../lab/standins/types/shape.ts";
import type { Plain, PlainMap } from "../../provider/server/value.ts";

/** A value of a shape, with only what is required. */
export function sample(shape: Shape): Plain {
  switch (shape) {
    case "string":
    case "any":
      return "text";
    case "number":
      return 1;
    case "boolean":
      return true;
    case "document":
      return "{}";
  }
  if (Array.isArray(shape)) return [sample((shape as readonly [Shape])[0])];
  return sampleFields(shape as Fields);
}

export function sampleFields(fields: Fields): PlainMap {
  const required = Object.entries(fields).filter(([key]) => key.endsWith("!"));
  return Object.fromEntries(required.map(([key, shape]) => [plainName(key), sample(shape)]));
}

/** One wrong value for one place in the inputs, and the property that a refusal must name. */
export interface WrongInput {
  readonly property: string;
  readonly inputs: PlainMap;
}

export interface WrongInputs {
  readonly missing: readonly WrongInput[];
  readonly misspelt: readonly WrongInput[];
  readonly mistyped: readonly WrongInput[];
}

/** Every place of a type, however deep: left out where required, misspelt, and with a value of another type. */
export function wrongInputs(fields: Fields): WrongInputs {
  const places = [...placesOf(fields, [])];
  const at = (path: readonly Step[], change: (holder: Record<string, Plain>, name: string) => void) => {
    const inputs = sampleFields(fields) as Record<string, Plain>;
    reach(inputs, fields, path, change);
    return { property: written(path), inputs };
  };
  return {
    missing: places
      .filter(({ isRequired }) => isRequired)
      .map(({ path }) => at(path, (holder, name) => delete holder[name])),
    misspelt: places.map(({ path, shape }) => {
      const { inputs } = at(path, (holder, name) => {
        delete holder[name];
        holder[`${name}X`] = sample(shape);
      });
      return { property: `${written(path)}X`, inputs };
    }),
    mistyped: places
      .filter(({ shape }) => shape !== "any")
      .map(({ path, shape }) =>
        at(path, (holder, name) => {
          holder[name] = typeof shape === "string" && shape !== "document" ? [] : 7;
        }),
      ),
  };
}

type Step = string | 0;

interface Place {
  readonly path: readonly Step[];
  readonly shape: Shape;
  readonly isRequired: boolean;
}

function* placesOf(fields: Fields, prefix: readonly Step[]): Generator<Place> {
  for (const [key, shape] of Object.entries(fields)) {
    if (key === "*") continue;
    const path = [...prefix, plainName(key)];
    yield { path, shape, isRequired: key.endsWith("!") };
    if (Array.isArray(shape)) {
      const [item] = shape as readonly [Shape];
      if (typeof item === "object" && !Array.isArray(item)) yield* placesOf(item as Fields, [...path, 0]);
    } else if (typeof shape === "object") yield* placesOf(shape as Fields, path);
  }
}

/** Goes down to the last step, making samples of what lies on the way. */
function reach(
  inputs: Record<string, Plain>,
  fields: Fields,
  path: readonly Step[],
  change: (holder: Record<string, Plain>, name: string) => void,
): void {
  let holder = inputs;
  let shapes = fields;
  const names = path.filter((step) => step !== 0);
  for (const name of names.slice(0, -1)) {
    const shape = shapes[name] ?? shapes[`${name}!`] ?? "any";
    holder[name] ??= sample(shape);
    const isList = Array.isArray(shape);
    const value = holder[name] as Plain;
    holder = (isList ? (value as readonly Plain[])[0] : value) as Record<string, Plain>;
    shapes = (isList ? (shape as readonly [Shape])[0] : shape) as Fields;
  }
  change(holder, names.at(-1) ?? "");
}

function written(path: readonly Step[]): string {
  return path.reduce<string>(
    (text, step) => (step === 0 ? `${text}[0]` : text === "" ? step : `${text}.${step}`),
    "",
  );
}
