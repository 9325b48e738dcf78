import { z } from "zod";
import type { Clients } from "../clients/index.ts";
import { clientOf, requireClient } from "../config.ts";
import { checkInputs } from "../server/check.ts";
import { ProviderError } from "../server/errors.ts";
import { type CallContext, eraseTypes, type ResourceHandler } from "../server/handler.ts";

const fenceSchema = z.object({
  bucket: z.string().min(3),
  fencedSite: z
    .string()
    .regex(/^[a-z][a-z0-9-]*$/u, "must be a site name of small letters, digits and dashes"),
  epoch: z.int().min(1),
});
type FenceInputs = z.infer<typeof fenceSchema>;
type FenceOutputs = FenceInputs & { readonly key: string };

const fenceObjectSchema = z.object({
  schemaVersion: z.literal(1),
  epoch: z.int().min(1),
  fencedSite: z.string().min(1),
});
type FenceObject = z.infer<typeof fenceObjectSchema>;

/**
 * Shuts a site out: its database steward reads the object `fence/<site>` and refuses writes and archiving
 * while it names an epoch newer than the site's own. An object and not a bucket policy, because not every
 * store has policies, and because only the promoting stack declares it: an `up` of the fenced site's own
 * stack has nothing to undo it with.
 */
export const fence: ResourceHandler<FenceInputs, FenceOutputs, Clients> = {
  token: "holdfast:index:Fence",
  replaceOn: ["bucket", "fencedSite"],

  async check({ inputs }, context) {
    const outcome = checkInputs(fenceSchema, inputs);
    return { ...outcome, failures: [...outcome.failures, ...requireClient(context, "store", "bucket")] };
  },

  async preview(inputs) {
    const { fencedSite } = inputs;
    return { ...inputs, key: typeof fencedSite === "string" ? fenceKey(fencedSite) : (fencedSite ?? null) };
  },

  async create(inputs, context) {
    await write(inputs, context);
    return { id: `${inputs.bucket}/${fenceKey(inputs.fencedSite)}`, outputs: toOutputs(inputs) };
  },

  async update(_id, inputs, _old, context) {
    await write(inputs, context);
    return toOutputs(inputs);
  },

  async read(id, _known, context) {
    const [, bucket, key] = /^([^/]+)\/(fence\/.+)$/u.exec(id) ?? [];
    if (bucket === undefined || key === undefined) {
      throw new ProviderError(`a Fence's id is bucket/fence/site, not ${JSON.stringify(id)}`);
    }
    const stored = await clientOf(context, "store").get(bucket, key);
    const found = stored === undefined ? undefined : parse(stored.body);
    // An object nobody can read fences nobody: it is as good as gone, and the next up writes it again.
    if (found === undefined) return undefined;
    const inputs = { bucket, fencedSite: found.fencedSite, epoch: found.epoch };
    return { inputs, outputs: { ...inputs, key } };
  },

  async delete(_id, old, context) {
    const { bucket, key, epoch } = old.outputs;
    const store = clientOf(context, "store");
    const stored = await store.get(bucket, key);
    if (stored === undefined) return;
    // A newer fence is somebody else's.
    if ((parse(stored.body)?.epoch ?? 0) > epoch) return;
    await store.remove(bucket, key);
  },
};

export const fenceHandler = eraseTypes(fence);

async function write(inputs: FenceInputs, context: CallContext<Clients>): Promise<void> {
  const store = clientOf(context, "store");
  const { bucket, fencedSite, epoch } = inputs;
  const key = fenceKey(fencedSite);
  const stored = await store.get(bucket, key);
  const found = stored === undefined ? undefined : parse(stored.body);
  if (found !== undefined && found.epoch > epoch) {
    throw new ProviderError(
      `${fencedSite} is already fenced by epoch ${found.epoch}; epoch ${epoch} is older`,
      { hint: "look at who is active now, then decide again" },
    );
  }
  const object: FenceObject = { schemaVersion: 1, epoch, fencedSite };
  const outcome = await store.put(bucket, key, `${JSON.stringify(object, null, 2)}\n`, {
    condition: stored === undefined ? { kind: "absent" } : { kind: "match", etag: stored.etag },
  });
  if (outcome.kind === "lost") {
    throw new ProviderError(`another writer changed ${bucket}/${key} at the same time`, {
      hint: "look at who is active now, then repeat",
    });
  }
}

function fenceKey(site: string): string {
  return `fence/${site}`;
}

function toOutputs(inputs: FenceInputs): FenceOutputs {
  return { ...inputs, key: fenceKey(inputs.fencedSite) };
}

function parse(body: string): FenceObject | undefined {
  try {
    return fenceObjectSchema.parse(JSON.parse(body));
  } catch {
    // Deliberate: see read.
    return undefined;
  }
}
