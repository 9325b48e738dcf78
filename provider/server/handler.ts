import type { PropertyChange } from "./diff.ts";
import type { CheckFailure } from "./errors.ts";
import type { PlainMap } from "./value.ts";

/** What every call gets: the clients made from the provider's configuration, and a way to be stopped. */
export interface CallContext<C> {
  readonly clients: C;
  readonly urn: string;
  /** Aborted when the engine cancels the operation. */
  readonly signal: AbortSignal;
  /** A line for the person at the terminal; shown beside the resource. */
  log(severity: "info" | "warning", message: string): void;
}

export interface CheckRequest {
  readonly inputs: PlainMap;
  readonly oldInputs: PlainMap;
  /** Empty when the resource is new, or when the engine does not send them. */
  readonly oldOutputs: PlainMap;
}

export interface CheckOutcome {
  /** The inputs with defaults filled in; they are what state keeps and what diff compares. */
  readonly inputs: PlainMap;
  readonly failures: readonly CheckFailure[];
}

export interface DiffRequest<I, O> {
  readonly id: string;
  readonly inputs: PlainMap;
  readonly oldInputs: PlainMap;
  readonly oldOutputs: PlainMap;
  /** Both typed, and only there when nothing in them is unknown. */
  readonly known?: { readonly inputs: I; readonly oldOutputs: O };
}

/** A change the engine should make: `replace` decides whether in place or by a new resource. */
export interface PlannedChange extends PropertyChange {
  readonly replace?: boolean;
  /** False when an output differs and no input does (drift that no input names). */
  readonly input?: boolean;
}

export interface Snapshot<I, O> {
  readonly inputs: I;
  readonly outputs: O;
}

/**
 * One resource type. Inputs and outputs are plain: the server unwraps secrets before a call, wraps
 * them again after it, and keeps unknown values away from everything but `check` and `diff`.
 */
export interface ResourceHandler<I extends object, O extends object, C> {
  /** For ever: it is in every state file. */
  readonly token: string;
  /** Input paths whose change needs a new resource. */
  readonly replaceOn: readonly string[];
  /** Outputs that are secret whatever the inputs were. */
  readonly secretOutputs?: readonly string[];
  /** Must not change anything: it runs in every preview. */
  check(request: CheckRequest, context: CallContext<C>): Promise<CheckOutcome>;
  /** Changes that the inputs alone do not show; added to the comparison of inputs, or instead of it. */
  diff?(
    request: DiffRequest<I, O>,
    inputChanges: readonly PropertyChange[],
    context: CallContext<C>,
  ): Promise<readonly PlannedChange[]>;
  /** What a create or an update would give, as far as it can be known; the rest is unknown. */
  preview(inputs: PlainMap, old: PlainMap | undefined, context: CallContext<C>): Promise<PlainMap>;
  create(inputs: I, context: CallContext<C>): Promise<{ readonly id: string; readonly outputs: O }>;
  /** `undefined` when it is gone. `known` is missing on import, whose id may say more than the resource's own. */
  read(
    id: string,
    known: Snapshot<I, O> | undefined,
    context: CallContext<C>,
  ): Promise<(Snapshot<I, O> & { readonly id?: string }) | undefined>;
  update(id: string, inputs: I, old: Snapshot<I, O>, context: CallContext<C>): Promise<O>;
  /** Deleting what is gone is a success. */
  delete(id: string, old: Snapshot<I, O>, context: CallContext<C>): Promise<void>;
}

/** A handler whose types the server does not need: values from the wire are plain maps. */
export type AnyHandler<C> = ResourceHandler<PlainMap, PlainMap, C>;

/**
 * Forgets a handler's types for the table of resources. Sound because `check` has parsed the inputs
 * with the handler's own schema before any other call sees them, and the outputs are the handler's own.
 */
export function eraseTypes<I extends object, O extends object, C>(
  handler: ResourceHandler<I, O, C>,
): AnyHandler<C> {
  return handler as unknown as AnyHandler<C>;
}
