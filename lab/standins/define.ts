// Of the stand-ins for Pulumi's plugins: the lab's alone.
import { randomBytes } from "node:crypto";
import type { CheckFailure } from "../../provider/server/errors.ts";
import type { AnyHandler } from "../../provider/server/handler.ts";
import { hasUnknown, isMap, type Plain, type PlainMap, UNKNOWN } from "../../provider/server/value.ts";
import { agrees, keepKnown } from "./agree.ts";
import { checkShape, type ProviderTable, plainName } from "./types/shape.ts";

/** What the service has: the inputs as they are there, and what it has made up itself. */
export interface Live<I> {
  readonly inputs: { readonly [K in keyof I]?: I[K] | undefined };
  readonly computed: { readonly [name: string]: unknown };
}

export interface Known<I> {
  readonly inputs: I;
  readonly outputs: PlainMap;
}

/** What every resource wants to know of a configured provider. */
export interface StandInClients {
  /** For resources that name none; empty where the service knows no regions. */
  readonly region: string;
  readonly defaultTags: Readonly<Record<string, string>>;
  /** Throws when the configuration leads to an account it does not allow. */
  account(): Promise<string>;
}

/** One type, in terms of the service's own calls; everything else is `defineStandIn`. */
export interface StandInResource<I, C> {
  readonly token: string;
  /** Inputs that the calls below pass on. Any other is refused: ignored, it would look as if it worked. */
  readonly actsOn: readonly string[];
  readonly replaceOn: readonly (keyof I & string)[];
  /** Outputs that the service makes up; an input among them it makes up only where none is given. */
  readonly computed?: readonly string[];
  /** An input that gets a name of the resource's own when none is given. */
  readonly autoName?: { readonly property: keyof I & string; readonly prefix?: string };
  readonly defaults?: PlainMap;
  readonly rules?: (inputs: I) => readonly CheckFailure[];
  create(inputs: I, clients: C): Promise<string>;
  /** `known` is missing on import. */
  read(id: string, clients: C, region: string, known: Known<I> | undefined): Promise<Live<I> | undefined>;
  update(id: string, inputs: I, old: Known<I>, clients: C): Promise<void>;
  delete(id: string, inputs: I, clients: C): Promise<void>;
}

/** A handler on the provider's own base. */
export function defineStandIn<I extends object, C extends StandInClients>(
  provider: string,
  { types }: ProviderTable,
  resource: StandInResource<I, C>,
): AnyHandler<C> {
  const table = types[resource.token];
  if (table === undefined) throw new Error(`no table for ${resource.token}: run lab/standins/types/main.ts`);
  const names = Object.keys(table.inputs).map(plainName);
  const unknown = resource.actsOn.filter((name) => !names.includes(name));
  if (unknown.length > 0) throw new Error(`${resource.token} has no input ${unknown.join(", ")}`);
  const isRegional = names.includes("region");
  const isTagged = names.includes("tags");
  const computed = resource.computed ?? [];

  /** After each change the service is asked what came of it. */
  async function outputsOf(id: string, inputs: PlainMap, old: PlainMap, clients: C): Promise<PlainMap> {
    const known = { inputs: inputs as I, outputs: old };
    const live = await resource.read(id, clients, regionOf(inputs, clients), known);
    if (live === undefined) throw new Error(`${resource.token} ${id} is gone right after it was written`);
    return { ...inputs, ...(live.computed as PlainMap) };
  }

  return {
    token: resource.token,
    replaceOn: isRegional ? ["region", ...resource.replaceOn] : resource.replaceOn,
    secretOutputs: table.secretOutputs,

    async check({ inputs: given, oldInputs }, { clients, urn }) {
      const { tagsAll: _tagsAll, ...own } = given;
      const failures = [
        ...checkShape(table.inputs, own),
        ...unsupported(provider, resource.actsOn, names, own),
      ];
      const inputs: Record<string, Plain> = { ...resource.defaults };
      for (const [name, value] of Object.entries(own)) {
        if (value === null) continue;
        // A policy may be given as a value; the service takes text.
        inputs[name] =
          table.inputs[name] === "document" || table.inputs[`${name}!`] === "document"
            ? asText(value)
            : value;
      }
      if (isRegional) inputs.region ??= clients.region;
      if (isTagged) inputs.tagsAll = mergeTags(clients.defaultTags, inputs.tags ?? {});
      if (resource.autoName !== undefined) {
        const { property, prefix = "" } = resource.autoName;
        inputs[property] ??=
          oldInputs[property] ?? `${prefix}${nameIn(urn)}-${randomBytes(4).toString("hex").slice(1)}`;
      }
      if (failures.length === 0 && !hasUnknown(inputs))
        failures.push(...(resource.rules?.(inputs as I) ?? []));
      return { inputs, failures };
    },

    async diff({ inputs, oldInputs }, changes) {
      return changes.filter(({ path }) => {
        const name = path.split(/[.[]/u)[0] ?? path;
        // What the service has made up stays as long as nobody says otherwise.
        if (computed.includes(name) && (inputs[name] ?? null) === null) return false;
        return hasUnknown(inputs[name]) || !agrees(oldInputs[name] ?? null, inputs[name] ?? null);
      });
    },

    async preview(inputs, old) {
      const rest = computed.map((name): readonly [string, Plain] => [name, old?.[name] ?? UNKNOWN]);
      return { ...Object.fromEntries(rest), ...inputs };
    },

    async create(inputs, { clients }) {
      await clients.account();
      const id = await resource.create(inputs as I, clients);
      return { id, outputs: await outputsOf(id, inputs, {}, clients) };
    },

    async read(importId, known, { clients }) {
      await clients.account();
      // An import may name a region: `bucket@eu-west-1`.
      const [, plain = importId, region] =
        (isRegional && /^(.+)@([a-z]{2}-[a-z]+-\d)$/u.exec(importId)) || [];
      const id = known === undefined ? plain : importId;
      const where = region ?? regionOf(known?.inputs ?? {}, clients);
      const found = await resource.read(id, clients, where, known as unknown as Known<I> | undefined);
      if (found === undefined) return undefined;
      const own = Object.entries(found.inputs as PlainMap).filter(
        ([name]) => known === undefined || !computed.includes(name) || name in known.inputs,
      );
      const live: PlainMap = {
        ...Object.fromEntries(own),
        ...(isRegional ? { region: where } : {}),
        ...(isTagged && known === undefined ? { tags: ownTags(found.inputs as PlainMap, clients) } : {}),
      };
      const inputs = keepKnown(known?.inputs ?? {}, { ...unread(known?.inputs ?? {}, live), ...live });
      return { id, inputs, outputs: { ...inputs, ...(found.computed as PlainMap) } };
    },

    async update(id, inputs, old, { clients }) {
      await clients.account();
      await resource.update(id, inputs as I, old as unknown as Known<I>, clients);
      return outputsOf(id, inputs, old.outputs, clients);
    },

    async delete(id, old, { clients }) {
      await clients.account();
      await resource.delete(id, old.inputs as I, clients);
    },
  };

  /** Inputs that the service does not keep (`forceDestroy`) stay as they were. */
  function unread(known: PlainMap, live: PlainMap): PlainMap {
    return Object.fromEntries(Object.entries(known).filter(([name]) => !(name in live)));
  }
}

/** The context's region for a resource that names none. */
function regionOf(inputs: PlainMap, { region }: StandInClients): string {
  return typeof inputs.region === "string" ? inputs.region : region;
}

function unsupported(
  provider: string,
  actsOn: readonly string[],
  names: readonly string[],
  inputs: PlainMap,
): readonly CheckFailure[] {
  return Object.keys(inputs)
    .filter((name) => names.includes(name) && !actsOn.includes(name) && name !== "region" && name !== "tags")
    .filter((name) => (inputs[name] ?? null) !== null)
    .map((name) => ({
      property: name,
      reason: `${name}: the lab's stand-in for ${provider} does not act on it; it acts on ${actsOn.join(", ")}`,
    }));
}

function asText(value: Plain): Plain {
  return isMap(value) && !hasUnknown(value) ? JSON.stringify(value) : value;
}

function mergeTags(defaults: Readonly<Record<string, string>>, tags: Plain): Plain {
  return isMap(tags) ? { ...defaults, ...(tags as PlainMap) } : tags;
}

/** Of the tags there, the default ones are the provider's. */
function ownTags({ tagsAll }: PlainMap, { defaultTags }: StandInClients): Plain {
  if (!isMap(tagsAll)) return null;
  const own = Object.entries(tagsAll as PlainMap).filter(([name, value]) => defaultTags[name] !== value);
  return own.length === 0 ? null : Object.fromEntries(own);
}

/** The last part of a URN is the resource's name in the program. */
function nameIn(urn: string): string {
  return urn.split("::").at(-1) ?? "resource";
}
