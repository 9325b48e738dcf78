// Stand-in for Pulumi's provider random: the lab's alone.
import { z } from "zod";
import { type CrossCheck, checkInputs } from "../../../provider/server/check.ts";
import { ProviderError } from "../../../provider/server/errors.ts";
import { type AnyHandler, eraseTypes } from "../../../provider/server/handler.ts";
import { UNKNOWN } from "../../../provider/server/value.ts";

/** The real provider takes values of any kind here; only that they change counts. */
export const keepers = z.record(z.string(), z.unknown()).optional();

/** What a random resource is: something generated once from its inputs and then only kept in state. */
export interface RandomResource<S extends z.ZodRawShape, G extends object> {
  readonly token: string;
  readonly schema: z.ZodObject<S>;
  readonly rules?: readonly CrossCheck<z.infer<z.ZodObject<S>>>[];
  /** Names of what is generated. */
  readonly generated: readonly (keyof G & string)[];
  readonly secretOutputs?: readonly string[];
  generate(inputs: z.infer<z.ZodObject<S>>): Promise<{ readonly id: string; readonly values: G }>;
}

/** A handler on the provider's own base, so that check, diff, preview and secrets are the same code. */
export function defineRandom<S extends z.ZodRawShape, G extends object>(
  resource: RandomResource<S, G>,
): AnyHandler<undefined> {
  type Inputs = z.infer<z.ZodObject<S>>;
  return eraseTypes<Inputs & object, Inputs & G, undefined>({
    token: resource.token,
    // A new value for every change of an input, keepers included: nothing is updated in place.
    replaceOn: Object.keys(resource.schema.shape),
    ...(resource.secretOutputs === undefined ? {} : { secretOutputs: resource.secretOutputs }),
    check: async ({ inputs }) => checkInputs(resource.schema, inputs, ...(resource.rules ?? [])),
    preview: async (inputs) => ({
      ...inputs,
      ...Object.fromEntries(resource.generated.map((name) => [name, UNKNOWN])),
    }),
    create: async (inputs) => {
      const { id, values } = await resource.generate(inputs);
      return { id, outputs: { ...inputs, ...values } };
    },
    read: async (_id, known) => {
      if (known === undefined) {
        throw new ProviderError(`the lab's stand-in for random cannot import ${resource.token}`, {
          hint: "use the official provider",
        });
      }
      return known;
    },
    update: async () => {
      throw new ProviderError(`${resource.token} has no input that can change in place`);
    },
    delete: async () => {
      // It exists in state only.
    },
  });
}
