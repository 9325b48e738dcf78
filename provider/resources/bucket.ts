import type { Clients } from "../clients/index.ts";
import type { LifecycleRule, ObjectStore } from "../clients/object-store.ts";
import { clientOf, requireClient } from "../config.ts";
import { checkInputs } from "../server/check.ts";
import { isSame } from "../server/diff.ts";
import { PartialFailure, ProviderError } from "../server/errors.ts";
import { type CallContext, eraseTypes, type ResourceHandler } from "../server/handler.ts";
import type { Plain } from "../server/value.ts";
import { needCapability } from "./bucket-capability.ts";
import { probeBucket } from "./bucket-probe.ts";
import {
  type BucketInputs,
  type BucketOutputs,
  bucketSchema,
  canonicalPolicy,
  checkBucket,
} from "./bucket-types.ts";

type Context = CallContext<Clients>;

/** The one lifecycle rule this resource writes. */
const RULE_ID = "holdfast";

/**
 * A bucket and the settings that make it fit for backups, all of them owned: what is changed outside is
 * drift, a lifecycle rule somebody added included.
 */
export const bucket: ResourceHandler<BucketInputs, BucketOutputs, Clients> = {
  token: "holdfast:index:Bucket",
  replaceOn: ["name"],

  async check({ inputs }, context) {
    const outcome = checkInputs(bucketSchema, inputs, checkBucket);
    return { ...outcome, failures: [...outcome.failures, ...requireClient(context, "store", "name")] };
  },

  async diff(request, inputChanges) {
    const foreign = request.oldOutputs.foreignLifecycleRules;
    if (!Array.isArray(foreign) || foreign.length === 0) return inputChanges;
    return [...inputChanges, { path: "foreignLifecycleRules", kind: "delete", input: false }];
  },

  async preview(inputs) {
    return { ...inputs, foreignLifecycleRules: [] };
  },

  async create(inputs, context) {
    const store = clientOf(context, "store");
    if (await store.hasBucket(inputs.name)) {
      // An up that was killed leaves an empty bucket behind, which the next one may go on with.
      const content = await store.listVersions(inputs.name, { limit: 1 });
      if (content.length > 0) {
        throw new ProviderError(`bucket ${inputs.name} exists at ${store.endpoint} and is not empty`, {
          hint: `if it is yours: pulumi import holdfast:index:Bucket <name> ${inputs.name}`,
        });
      }
    } else {
      await store.createBucket(inputs.name, { objectLock: inputs.objectLock !== undefined });
    }
    try {
      await settle(inputs, undefined, context);
    } catch (error) {
      throw await asPartial(inputs, context, error);
    }
    return { id: inputs.name, outputs: toOutputs(inputs) };
  },

  async update(_id, inputs, _old, context) {
    const live = await readSettings(inputs.name, inputs.forceDestroy, clientOf(context, "store"));
    try {
      await settle(inputs, live, context);
    } catch (error) {
      throw await asPartial(inputs, context, error);
    }
    return toOutputs(inputs);
  },

  async read(id, known, context) {
    const store = clientOf(context, "store");
    if (!(await store.hasBucket(id))) return undefined;
    const outputs = await readSettings(id, known?.inputs.forceDestroy ?? false, store);
    const { foreignLifecycleRules: _, ...inputs } = outputs;
    return { inputs, outputs };
  },

  async delete(id, old, context) {
    const store = clientOf(context, "store");
    if (!(await store.hasBucket(id))) return;
    const content = await store.listVersions(id, { limit: 1 });
    if (content.length > 0 && !old.inputs.forceDestroy) {
      throw new ProviderError(`bucket ${id} is not empty, so it is not deleted`, {
        hint: "empty it, or set forceDestroy on it and run up before destroy",
      });
    }
    await empty(id, store);
    await store.deleteBucket(id);
  },
};

export const bucketHandler = eraseTypes(bucket);

/**
 * Brings the bucket to its settings and proves them. The default retention comes last, because every
 * object written after it stays for days; `live` is undefined for a new bucket, where all is to be done.
 */
async function settle(
  inputs: BucketInputs,
  live: BucketOutputs | undefined,
  context: Context,
): Promise<void> {
  const store = clientOf(context, "store");
  const { name } = inputs;
  const changed = (setting: keyof BucketInputs): boolean =>
    !isSame((live?.[setting] ?? null) as Plain, (inputs[setting] ?? null) as Plain);

  // Off on a new bucket is the default, and "suspended" is not the same as "never on".
  if (changed("versioning") && (inputs.versioning || live !== undefined)) {
    await needCapability(name, "versioning", () => store.setVersioning(name, inputs.versioning));
  }
  if (changed("defaultEncryption") && (inputs.defaultEncryption !== "none" || live !== undefined)) {
    const algorithm = inputs.defaultEncryption === "none" ? undefined : inputs.defaultEncryption;
    await needCapability(name, "default encryption", () => store.setEncryption(name, algorithm));
  }
  const isRuleForeign = (live?.foreignLifecycleRules ?? []).length > 0;
  if ((changed("lifecycle") && (inputs.lifecycle !== undefined || live !== undefined)) || isRuleForeign) {
    await needCapability(name, "lifecycle", () => store.setLifecycle(name, toRules(inputs)));
  }
  if (inputs.objectLock !== undefined && live?.objectLock === undefined) {
    // Locking must be on before the probe can try it; the rule for everybody follows below.
    const { enabled } = await store.getObjectLock(name);
    if (!enabled) await needCapability(name, "object lock", () => store.setObjectLock(name, undefined));
  }
  if (changed("policy") && (inputs.policy !== undefined || live !== undefined)) {
    await needCapability(name, "policy", () => store.setPolicy(name, inputs.policy));
  }
  // Also when nothing changed: an update is how a bucket that failed its probe is tried again.
  await probeBucket(inputs, store, context.clients);
  if (changed("objectLock") && (inputs.objectLock !== undefined || live !== undefined)) {
    await needCapability(name, "object lock", () => store.setObjectLock(name, inputs.objectLock));
  }
}

/** What the bucket has now, so that state tells the truth about a bucket that was only half set. */
async function asPartial(inputs: BucketInputs, context: Context, error: unknown): Promise<unknown> {
  const store = clientOf(context, "store");
  try {
    const outputs = await readSettings(inputs.name, inputs.forceDestroy, store);
    return new PartialFailure(inputs.name, outputs, error);
  } catch {
    // The store is gone altogether: the first error says more than a second one would.
    return error;
  }
}

async function readSettings(name: string, forceDestroy: boolean, store: ObjectStore): Promise<BucketOutputs> {
  const [versioning, lock, encryption, rules, policy] = await Promise.all([
    store.getVersioning(name),
    store.getObjectLock(name),
    store.getEncryption(name),
    store.getLifecycle(name),
    store.getPolicy(name),
  ]);
  const ours = rules.find((rule) => rule.id === RULE_ID && rule.other !== true);
  return {
    name,
    ...(lock.rule === undefined ? {} : { objectLock: lock.rule }),
    versioning,
    // A store may know more algorithms than this resource; any of them is drift from what it can set.
    defaultEncryption: (encryption ?? "none") as BucketInputs["defaultEncryption"],
    ...(ours === undefined ? {} : { lifecycle: toLifecycle(ours) }),
    ...(policy === undefined ? {} : { policy: canonicalPolicy(policy) }),
    forceDestroy,
    foreignLifecycleRules: rules.filter((rule) => rule !== ours).map((rule) => rule.id),
  };
}

function toRules({ lifecycle }: BucketInputs): readonly LifecycleRule[] {
  if (lifecycle === undefined) return [];
  const { noncurrentDays, abortIncompleteUploadDays, prefix } = lifecycle;
  return [
    {
      id: RULE_ID,
      ...(prefix === undefined ? {} : { prefix }),
      ...(noncurrentDays === undefined ? {} : { noncurrentDays }),
      ...(abortIncompleteUploadDays === undefined ? {} : { abortIncompleteUploadDays }),
    },
  ];
}

function toLifecycle({
  id: _,
  other: __,
  ...settings
}: LifecycleRule): NonNullable<BucketInputs["lifecycle"]> {
  return settings;
}

function toOutputs(inputs: BucketInputs): BucketOutputs {
  return { ...inputs, foreignLifecycleRules: [] };
}

async function empty(name: string, store: ObjectStore): Promise<void> {
  await store.abortUploads(name);
  for (;;) {
    const versions = await store.listVersions(name, { limit: 1000 });
    if (versions.length === 0) return;
    for (const version of versions) await store.remove(name, version.key, version.versionId);
  }
}
