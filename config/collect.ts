import { z } from "zod";
import type { FieldMeta } from "./fields.ts";
import { nearestName } from "./nearest-name.ts";
import { type Problem, showValue } from "./problem.ts";
import type { ConfigPorts, SecretRef } from "./secret.ts";

/** What one walk over a stack file gathers. */
export interface Collection {
  readonly problems: Problem[];
  /** Values of the secrets, by the path at which they were given. */
  readonly secrets: Record<string, string>;
  readonly ports: ConfigPorts;
}

/**
 * Parses each value by itself and goes on after a bad one. zod's own `parse`
 * gives no output once anything is wrong, so checks that compare two values
 * could not be reported together with an unrelated slip elsewhere; here each
 * good value comes back whatever its neighbours are.
 */
export function collect(schema: z.core.$ZodType, raw: unknown, path: string, into: Collection): unknown {
  const value = raw === null ? undefined : raw;
  const meta = z.globalRegistry.get(schema) as unknown as FieldMeta | undefined;
  if (meta?.secretValue) return collectSecret(value, path, meta, into);
  if (schema instanceof z.ZodOptional) {
    return value === undefined ? undefined : collect(schema.def.innerType, value, path, into);
  }
  if (schema instanceof z.ZodPrefault) {
    return collect(schema.def.innerType, value === undefined ? schema.def.defaultValue : value, path, into);
  }
  if (schema instanceof z.ZodDiscriminatedUnion) return collectUnion(schema, value, path, into);
  if (schema instanceof z.ZodUnion) return collectForm(schema, value, path, into);
  if (schema instanceof z.ZodObject) return collectObject(schema, value, path, meta, into);
  // One that says what it allows is a value as a whole; else its entries are walked, secrets among them.
  if (schema instanceof z.ZodRecord && meta === undefined) return collectRecord(schema, value, path, into);
  if (schema instanceof z.ZodArray) return collectArray(schema, value, path, into);
  return collectValue(schema, value, path, meta, into);
}

function collectObject(
  schema: z.ZodObject,
  value: unknown,
  path: string,
  meta: FieldMeta | undefined,
  into: Collection,
): unknown {
  // A missing object is walked as an empty one: defaults are filled in, and each value it has to hold is named.
  const given = value ?? {};
  if (typeof given !== "object" || Array.isArray(given)) {
    into.problems.push({ path, what: "is not an object", got: showValue(value), allowed: keysOf(schema) });
    return undefined;
  }
  const shape = schema.def.shape;
  const rest = meta?.rest;
  const names = Object.keys(shape).filter((key) => key !== rest);
  const strangers = Object.keys(given).filter((key) => !names.includes(key));
  for (const key of rest === undefined ? strangers : []) {
    const nearest = nearestName(key, names);
    into.problems.push({
      path: join(path, key),
      what: "is not a known key",
      allowed: names.join(", "),
      ...(nearest === undefined ? {} : { hint: `did you mean holdfast:${join(path, nearest)}?` }),
    });
  }
  const out: Record<string, unknown> = {};
  for (const key of names) {
    const child = shape[key] as z.core.$ZodType;
    const childValue = Object.hasOwn(given, key) ? (given as Record<string, unknown>)[key] : undefined;
    const result = collect(child, childValue, join(path, key), into);
    if (result !== undefined) out[key] = result;
  }
  if (rest !== undefined) {
    const entries = strangers.map((key) => [key, (given as Record<string, unknown>)[key]]);
    out[rest] = collect(shape[rest] as z.core.$ZodType, Object.fromEntries(entries), path, into);
  }
  return out;
}

function collectRecord(schema: z.ZodRecord, value: unknown, path: string, into: Collection): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    into.problems.push({
      path,
      what: "is not an object",
      got: showValue(value),
      allowed: "names with a value each",
    });
    return undefined;
  }
  const key = schema.def.keyType as z.core.$ZodType;
  const allowed = (z.globalRegistry.get(key) as unknown as FieldMeta | undefined)?.allowed;
  const out: Record<string, unknown> = {};
  for (const [name, child] of Object.entries(value)) {
    for (const issue of z.safeParse(key, name).error?.issues ?? []) {
      into.problems.push({
        path: join(path, name),
        what: `its name ${issue.message}`,
        got: name,
        ...(allowed === undefined ? {} : { allowed }),
      });
    }
    const result = collect(schema.def.valueType as z.core.$ZodType, child, join(path, name), into);
    if (result !== undefined) out[name] = result;
  }
  return out;
}

/** The kind that the value names; where it names none, the one that is the default. Without a kind nothing else of the value can be judged. */
function collectUnion(
  schema: z.ZodDiscriminatedUnion,
  value: unknown,
  path: string,
  into: Collection,
): unknown {
  const { discriminator, options } = schema.def;
  const kinds = options as readonly z.ZodObject[];
  const given =
    typeof value === "object" && value !== null
      ? (value as Record<string, unknown>)[discriminator]
      : undefined;
  const wordsOf = (kind: z.ZodObject): readonly unknown[] => [
    ...((kind.def.shape[discriminator] as z.ZodEnum)._zod.values ?? []),
  ];
  const kind =
    kinds.find((one) => wordsOf(one).includes(given)) ??
    (given === undefined ? defaultKind(kinds, discriminator) : undefined);
  if (kind !== undefined) return collectObject(kind, value, path, undefined, into);
  into.problems.push({
    path: join(path, discriminator),
    ...(given === undefined
      ? { what: "is missing" }
      : { what: "is not one of the choices", got: showValue(given) }),
    allowed: kinds.flatMap(wordsOf).join(", "),
  });
  return undefined;
}

function defaultKind(kinds: readonly z.ZodObject[], discriminator: string): z.ZodObject | undefined {
  return kinds.find((kind) => kind.def.shape[discriminator] instanceof z.ZodPrefault);
}

/** One of several forms of an object, told by their keys; the first where none is given. No two have a key in common. */
function collectForm(schema: z.ZodUnion, value: unknown, path: string, into: Collection): unknown {
  const forms = schema.def.options as readonly z.ZodObject[];
  const given = typeof value === "object" && value !== null ? Object.keys(value) : [];
  const meant = forms.filter((form) => given.some((key) => Object.hasOwn(form.def.shape, key)));
  const form = meant[0] ?? forms[0];
  if (form !== undefined && meant.length < 2) return collectObject(form, value, path, undefined, into);
  into.problems.push({
    path,
    what: "is given in two forms at once",
    // Names alone: the values may be secrets.
    got: given.join(", "),
    allowed: forms.map((one) => Object.keys(one.def.shape).join(" and ")).join(", or "),
  });
  return undefined;
}

function collectArray(schema: z.ZodArray, value: unknown, path: string, into: Collection): unknown {
  if (!Array.isArray(value)) {
    into.problems.push(
      value === undefined
        ? { path, what: "is missing", allowed: "a list" }
        : { path, what: "is not a list", got: showValue(value), allowed: "a list" },
    );
    return undefined;
  }
  const items = value.map((item, index) => collect(schema.def.element, item, `${path}[${index}]`, into));
  const whole = schema.def.checks?.length
    ? z.array(z.unknown()).check(...(schema.def.checks as []))
    : undefined;
  for (const issue of whole?.safeParse(value).error?.issues ?? []) {
    into.problems.push({ path, what: issue.message, got: showValue(value) });
  }
  return items;
}

function collectValue(
  schema: z.core.$ZodType,
  value: unknown,
  path: string,
  meta: FieldMeta | undefined,
  into: Collection,
): unknown {
  const result = z.safeParse(schema, value);
  if (result.success) return result.data;
  const allowed = meta?.allowed;
  for (const issue of result.error.issues) {
    const wrongType = issue.code === "invalid_type";
    into.problems.push({
      path: issue.path.reduce<string>((at, key) => join(at, String(key)), path),
      what: value === undefined ? "is missing" : wrongType ? `is not a ${issue.expected}` : issue.message,
      ...(value === undefined ? {} : { got: showValue(value) }),
      ...(allowed === undefined ? {} : { allowed }),
    });
  }
  return undefined;
}

function collectSecret(
  value: unknown,
  path: string,
  meta: FieldMeta,
  into: Collection,
): SecretRef | undefined {
  const hint = `pulumi config set --secret --path 'holdfast:${path}'`;
  const refuse = (what: string): undefined => {
    into.problems.push({ path, what, allowed: meta.allowed, hint });
  };
  const keep = (content: string): SecretRef => {
    into.secrets[path] = content;
    return { secret: path };
  };
  if (value === undefined) return refuse("secret is missing");
  if (typeof value === "string") return value === "" ? refuse("secret is empty") : keep(value);
  const file = secretFile(value);
  if (file === undefined) return refuse("is not a secret");
  // An absolute path or `..` would let a stack file read anything on the machine that runs it.
  if (file.startsWith("/") || file.split("/").includes("..")) {
    return refuse(`secret's file ${file} is not below $HOLDFAST_SECRETS`);
  }
  const content = into.ports.readSecretFile(file);
  if (content === undefined) return refuse(`secret is missing: no file $HOLDFAST_SECRETS/${file}`);
  return content === "" ? refuse(`secret is empty: file $HOLDFAST_SECRETS/${file}`) : keep(content);
}

function secretFile(value: unknown): string | undefined {
  if (typeof value !== "object" || value === null || Object.keys(value).join() !== "file") return undefined;
  const { file } = value as { readonly file: unknown };
  return typeof file === "string" && file !== "" ? file : undefined;
}

function keysOf(schema: z.ZodObject): string {
  return `an object of ${Object.keys(schema.def.shape).join(", ")}`;
}

function join(path: string, key: string): string {
  return path === "" ? key : `${path}.${key}`;
}
