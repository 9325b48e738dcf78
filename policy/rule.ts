/** How bad a broken rule is, in the words of Pulumi's policy events. */
export type Severity = "low" | "medium" | "high" | "critical";

/** What a broken rule does: `mandatory` fails a preview, `advisory` is only told. */
export type Level = "advisory" | "mandatory";

/** A resource as a stack declares it. Reading a value that only the up will know throws (read/value.ts). */
export interface Resource {
  readonly type: string;
  readonly name: string;
  readonly urn: string;
  readonly props: unknown;
  readonly protect: boolean;
  readonly provider?: { readonly name: string; readonly urn: string; readonly props: unknown };
  /** Where a property's value comes from, by the property's name. Empty until the whole stack is judged. */
  readonly sources: Readonly<Record<string, readonly string[]>>;
}

/** A setting of a rule, as JSON Schema. Its default is the strict one. */
export interface Setting<T> {
  readonly schema: Readonly<Record<string, unknown>>;
  readonly description: string;
  readonly default: T;
}

export type Settings = Readonly<Record<string, Setting<unknown>>>;
export type Values<S extends Settings> = { readonly [K in keyof S]: S[K]["default"] };

/** What a rule may ask of the world beside the stack: committed files, by path from the pack's parent folder. */
export interface World {
  readonly readFile: (path: string) => string | undefined;
}

/** A broken rule at one resource; without one, at the stack as a whole. */
export interface Finding {
  readonly message: string;
  readonly at?: Resource;
}

interface RuleText {
  /** For ever: configuration, reports and links name it. */
  readonly name: string;
  readonly title: string;
  readonly severity: Severity;
  readonly level: Level;
  /** What goes wrong without it. */
  readonly reason: string;
  readonly remediation: string;
  readonly settings: Settings;
}

/** Judged at each resource, before it is made. */
export interface ResourceRule extends RuleText {
  readonly kind: "resource";
  /** Which resources it is about. The rest is not called kept: nothing was judged there. */
  readonly covers: (resource: Resource, values: never) => boolean;
  readonly judge: (resource: Resource, values: never, world: World) => Iterable<string>;
}

/** Judged over the whole stack, at the end of a preview, by the same inputs. */
export interface StackRule extends RuleText {
  readonly kind: "stack";
  /** A stack with no such resource is not judged by it. */
  readonly covers: (resource: Resource, values: never) => boolean;
  readonly judge: (resources: readonly Resource[], values: never, world: World) => Iterable<Finding>;
}

export type Rule = ResourceRule | StackRule;

type Text<S extends Settings> = Omit<RuleText, "settings"> & { readonly settings?: S };

export function resourceRule<S extends Settings>(
  rule: Text<S> & {
    readonly covers: (resource: Resource, values: Values<S>) => boolean;
    readonly judge: (resource: Resource, values: Values<S>, world: World) => Iterable<string>;
  },
): ResourceRule {
  return { ...rule, kind: "resource", settings: rule.settings ?? {} };
}

export function stackRule<S extends Settings>(
  rule: Text<S> & {
    readonly covers: (resource: Resource, values: Values<S>) => boolean;
    readonly judge: (resources: readonly Resource[], values: Values<S>, world: World) => Iterable<Finding>;
  },
): StackRule {
  return { ...rule, kind: "stack", settings: rule.settings ?? {} };
}

export const wholeNumber = (value: number, description: string): Setting<number> => ({
  schema: { type: "integer", minimum: 0 },
  description,
  default: value,
});

export const words = (value: string, description: string): Setting<string> => ({
  schema: { type: "string" },
  description,
  default: value,
});

export const listOfWords = (value: readonly string[], description: string): Setting<readonly string[]> => ({
  schema: { type: "array", items: { type: "string" } },
  description,
  default: value,
});

/** Every rule has it: which resources it leaves alone, each with the reason that a reviewer reads. */
export const exceptSetting: Setting<Readonly<Record<string, string>>> = {
  schema: { type: "object", additionalProperties: { type: "string" } },
  description: "resources that the rule leaves alone: name (`*` stands for any text) to the reason",
  default: {},
};
