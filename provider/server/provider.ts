import { diffProperties } from "./diff.ts";
import { type CheckFailure, ProviderError } from "./errors.ts";
import type { AnyHandler, CallContext, PlannedChange } from "./handler.ts";
import { reveal, withMarksOf, withSecrets } from "./secrets.ts";
import { hasUnknown, type PlainMap, type ValueMap } from "./value.ts";

/** The provider's own configuration: checked, then made into whatever its handlers call. */
export interface ConfigHandler<C> {
  check(inputs: PlainMap): { readonly inputs: PlainMap; readonly failures: readonly CheckFailure[] };
  configure(inputs: PlainMap): C;
}

export interface ProviderDefinition<C> {
  readonly name: string;
  readonly version: string;
  readonly config: ConfigHandler<C>;
  readonly handlers: readonly AnyHandler<C>[];
}

export interface Caller {
  readonly urn: string;
  readonly type: string;
  readonly signal: AbortSignal;
  log(severity: "info" | "warning", message: string): void;
}

export interface DiffAnswer {
  readonly changes: readonly PlannedChange[];
  readonly replaces: readonly string[];
}

/**
 * A provider without its wire: what each call means, in plain values. The gRPC service (service.ts)
 * only translates. Stand-ins are made of the same class, so what is shown of one holds for the other.
 */
export class Provider<C> {
  readonly name: string;
  readonly version: string;
  readonly #config: ConfigHandler<C>;
  readonly #handlers: ReadonlyMap<string, AnyHandler<C>>;
  #clients: { readonly value: C } | undefined;

  constructor(definition: ProviderDefinition<C>) {
    this.name = definition.name;
    this.version = definition.version;
    this.#config = definition.config;
    this.#handlers = new Map(definition.handlers.map((handler) => [handler.token, handler]));
  }

  get tokens(): readonly string[] {
    return [...this.#handlers.keys()];
  }

  checkConfig(news: ValueMap): { readonly inputs: ValueMap; readonly failures: readonly CheckFailure[] } {
    const { inputs, failures } = this.#config.check(reveal(news));
    return { inputs: withMarksOf(inputs, news), failures };
  }

  /** No change of configuration ever replaces the provider: its resources stay where they are. */
  diffConfig(olds: ValueMap, news: ValueMap): DiffAnswer {
    return { changes: diffProperties(reveal(olds), reveal(news)), replaces: [] };
  }

  configure(args: ValueMap): void {
    this.#clients = { value: this.#config.configure(reveal(args)) };
  }

  async check(
    caller: Caller,
    olds: ValueMap,
    news: ValueMap,
    oldOutputs: ValueMap,
  ): Promise<{ readonly inputs: ValueMap; readonly failures: readonly CheckFailure[] }> {
    const outcome = await this.#handler(caller).check(
      { inputs: reveal(news), oldInputs: reveal(olds), oldOutputs: reveal(oldOutputs) },
      this.#context(caller),
    );
    return { inputs: withMarksOf(outcome.inputs, news), failures: outcome.failures };
  }

  async diff(
    caller: Caller,
    id: string,
    oldInputs: ValueMap,
    oldOutputs: ValueMap,
    news: ValueMap,
  ): Promise<DiffAnswer> {
    const handler = this.#handler(caller);
    const inputs = reveal(news);
    const before = reveal(oldInputs);
    const outputs = reveal(oldOutputs);
    const found = diffProperties(before, inputs);
    const changes: readonly PlannedChange[] =
      handler.diff === undefined
        ? found
        : await handler.diff(
            {
              id,
              inputs,
              oldInputs: before,
              oldOutputs: outputs,
              ...(hasUnknown(inputs) ? {} : { known: { inputs, oldOutputs: outputs } }),
            },
            found,
            this.#context(caller),
          );
    const marked = changes.map((change) =>
      change.replace === true || matches(handler.replaceOn, change.path)
        ? { ...change, replace: true }
        : change,
    );
    return { changes: marked, replaces: topNames(marked.filter((change) => change.replace === true)) };
  }

  async create(
    caller: Caller,
    properties: ValueMap,
    preview: boolean,
  ): Promise<{ readonly id: string; readonly outputs: ValueMap }> {
    const handler = this.#handler(caller);
    const context = this.#context(caller);
    const inputs = reveal(properties);
    if (preview) {
      const outputs = await handler.preview(inputs, undefined, context);
      return { id: "", outputs: this.mark(caller, outputs, properties) };
    }
    const { id, outputs } = await handler.create(inputs, context);
    return { id, outputs: this.mark(caller, outputs, properties) };
  }

  async update(
    caller: Caller,
    id: string,
    news: ValueMap,
    oldInputs: ValueMap,
    oldOutputs: ValueMap,
    preview: boolean,
  ): Promise<ValueMap> {
    const handler = this.#handler(caller);
    const context = this.#context(caller);
    const inputs = reveal(news);
    const old = { inputs: reveal(oldInputs), outputs: reveal(oldOutputs) };
    const outputs = preview
      ? await handler.preview(inputs, old.outputs, context)
      : await handler.update(id, inputs, old, context);
    return this.mark(caller, outputs, news);
  }

  async read(
    caller: Caller,
    id: string,
    inputs: ValueMap,
    outputs: ValueMap,
  ): Promise<{ readonly id: string; readonly inputs: ValueMap; readonly outputs: ValueMap } | undefined> {
    // An import comes without state; so does `Resource.get`.
    const isImport = Object.keys(outputs).length === 0;
    const known = isImport ? undefined : { inputs: reveal(inputs), outputs: reveal(outputs) };
    const found = await this.#handler(caller).read(id, known, this.#context(caller));
    if (found === undefined) return undefined;
    return {
      id: found.id ?? id,
      inputs: withMarksOf(found.inputs, inputs),
      outputs: this.mark(caller, found.outputs, inputs, outputs),
    };
  }

  async delete(caller: Caller, id: string, oldInputs: ValueMap, oldOutputs: ValueMap): Promise<void> {
    const old = { inputs: reveal(oldInputs), outputs: reveal(oldOutputs) };
    await this.#handler(caller).delete(id, old, this.#context(caller));
  }

  /** Gives outputs the secret marks of the inputs they came from, and those the type always has. */
  mark(caller: Caller, outputs: PlainMap, ...sources: readonly ValueMap[]): ValueMap {
    return withSecrets(withMarksOf(outputs, ...sources), this.#handler(caller).secretOutputs ?? []);
  }

  #handler(caller: Caller): AnyHandler<C> {
    const handler = this.#handlers.get(caller.type);
    if (handler === undefined) {
      throw new ProviderError(
        `${this.name} ${this.version} has no resource type ${caller.type}; it has ${this.tokens.join(", ")}`,
      );
    }
    return handler;
  }

  #context(caller: Caller): CallContext<C> {
    if (this.#clients === undefined) {
      throw new ProviderError(`provider ${this.name} was called before it was configured`);
    }
    return { clients: this.#clients.value, urn: caller.urn, signal: caller.signal, log: caller.log };
  }
}

/** `targets` covers `targets[0].weight` and `targets`, not `targetsMore`. */
function matches(paths: readonly string[], path: string): boolean {
  return paths.some(
    (candidate) => path === candidate || path.startsWith(`${candidate}.`) || path.startsWith(`${candidate}[`),
  );
}

/** The engine wants replaced properties by their first name. */
export function topNames(changes: readonly PlannedChange[]): readonly string[] {
  return [...new Set(changes.map((change) => change.path.split(/[.[]/u)[0] ?? change.path))];
}
