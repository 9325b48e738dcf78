import type { Clients } from "../clients/index.ts";
import { StoreError } from "../clients/object-store.ts";
import { clientOf, requireClient } from "../config.ts";
import { checkInputs } from "../server/check.ts";
import { ProviderError } from "../server/errors.ts";
import { type CallContext, eraseTypes, type PlannedChange, type ResourceHandler } from "../server/handler.ts";
import { hasUnknown, type PlainMap, UNKNOWN } from "../server/value.ts";
import { type Memory, planTerm, type TermPlan } from "./term-plan.ts";
import {
  type EpochObject,
  epochObjectSchema,
  type TermInputs,
  type TermOutputs,
  termSchema,
} from "./term-types.ts";

/** The inputs are kept beside the outputs, so that state alone says whose term this is. */
type State = TermOutputs & { readonly bucket: string; readonly key: string; readonly site: string };
type Context = CallContext<Clients>;

const OUTPUT_NAMES = ["epoch", "activeSite", "sourceEpoch", "stanzaPath", "sourcePath"] as const;

/**
 * A site's share in the epoch. Taking the next epoch is one conditional PUT, so of two sites that try at
 * once one wins; everything else only reads. Deleting it releases nothing: an epoch ends when another
 * site takes the next one.
 */
export const term: ResourceHandler<TermInputs, State, Clients> = {
  token: "holdfast:index:Term",
  replaceOn: ["bucket", "key", "site"],

  async check({ inputs, oldOutputs }, context) {
    const outcome = checkInputs(termSchema, inputs);
    const failures = [...outcome.failures, ...requireClient(context, "store", "bucket")];
    if (failures.length > 0 || hasUnknown(outcome.inputs)) return { ...outcome, failures };
    const wanted = termSchema.parse(outcome.inputs);
    const { plan } = await look(wanted, rememberFor(wanted, oldOutputs), context);
    if (plan.kind === "refuse") failures.push({ property: plan.property, reason: plan.reason });
    return { ...outcome, failures };
  },

  async diff(request, inputChanges, context) {
    // Neither changes anything by itself: the plan below says whether they do.
    const changes: PlannedChange[] = inputChanges.filter(
      (change) => !["run", "handover", "recover", "source"].includes(change.path),
    );
    if (request.known === undefined) return inputChanges;
    const wanted = request.known.inputs;
    const { plan } = await look(wanted, rememberFor(wanted, request.oldOutputs), context);
    // Check has refused already; here it can only be a refresh, which must show what is and not fail.
    if (plan.kind === "refuse") return inputChanges;
    for (const name of OUTPUT_NAMES) {
      if (plan.outputs[name] !== request.oldOutputs[name]) {
        changes.push({ path: name, kind: "update", input: false });
      }
    }
    return changes;
  },

  async preview(inputs, old, context) {
    const known = termSchema.safeParse(hasUnknown(inputs) ? undefined : inputs);
    if (!known.success) {
      return { ...inputs, ...Object.fromEntries(OUTPUT_NAMES.map((name) => [name, UNKNOWN])) };
    }
    const { plan } = await look(known.data, rememberFor(known.data, old ?? {}), context);
    return { ...toState(known.data, allowed(plan).outputs) };
  },

  async create(inputs, context) {
    const outputs = await settle(inputs, { epoch: 0, site: "" }, context);
    return { id: toId(inputs), outputs };
  },

  async update(_id, inputs, old, context) {
    return settle(inputs, rememberFor(inputs, { ...old.outputs }), context);
  },

  async read(id, known, context) {
    const { bucket, key, site } = known?.inputs ?? fromId(id);
    const current = await readEpoch(bucket, key, context);
    if (current === undefined && known === undefined) return undefined;
    const inputs: TermInputs = known?.inputs ?? { bucket, key, site, role: "standby" };
    // A lost object must not make the resource "gone": state is then the only memory of the epoch, and a
    // new resource would begin again at 1. Check refuses until the object is back.
    if (current === undefined || current.object.epoch < (known?.outputs.epoch ?? 0)) {
      if (known !== undefined && known.outputs.epoch > 0) {
        const what = current === undefined ? "is gone" : `went back to epoch ${current.object.epoch}`;
        context.log(
          "warning",
          `the epoch object ${bucket}/${key} ${what}; state knows ${known.outputs.epoch}`,
        );
      }
      return known;
    }
    const holds = current.object.site === site;
    const role = inputs.role === "standby" && holds ? "draining" : inputs.role;
    const plan = planTerm(
      { bucket, key, site, role: holds ? role : "standby" },
      current.object,
      noMemory,
      "",
    );
    return { inputs, outputs: toState(inputs, allowed(plan).outputs) };
  },

  async delete() {
    // See above: nothing is released.
  },
};

export const termHandler = eraseTypes(term);

const noMemory: Memory = { epoch: 0, site: "" };

/** What state knows of this very object; another bucket or key is another history. */
function rememberFor(inputs: TermInputs, outputs: PlainMap): Memory {
  if (outputs.bucket !== inputs.bucket || outputs.key !== inputs.key) return noMemory;
  const { epoch, activeSite } = outputs;
  return typeof epoch === "number" && typeof activeSite === "string" ? { epoch, site: activeSite } : noMemory;
}

async function look(
  inputs: TermInputs,
  memory: Memory,
  context: Context,
): Promise<{ readonly plan: TermPlan; readonly etag: string | undefined }> {
  const current = await readEpoch(inputs.bucket, inputs.key, context);
  const plan = planTerm(inputs, current?.object, memory, context.clients.now().toISOString());
  return { plan, etag: current?.etag };
}

/** Takes the next epoch if the plan says so. Safe to repeat after a killed run: then it finds its own. */
async function settle(inputs: TermInputs, memory: Memory, context: Context): Promise<State> {
  const { plan, etag } = await look(inputs, memory, context);
  const { outputs, ...rest } = allowed(plan);
  if (rest.kind === "keep") return toState(inputs, outputs);

  const body = `${JSON.stringify(rest.object, null, 2)}\n`;
  const outcome = await clientOf(context, "store").put(inputs.bucket, inputs.key, body, {
    condition: etag === undefined ? { kind: "absent" } : { kind: "match", etag },
  });
  // Read back in every case. A lost condition may be the echo of our own PUT whose answer got lost and
  // which was then sent again; and a store that let two writers win would show the other's object here.
  const after = await readEpoch(inputs.bucket, inputs.key, context);
  if (after !== undefined && isOurs(after.object, rest.object)) {
    context.log("info", `${inputs.site} took epoch ${rest.object.epoch}`);
    return toState(inputs, outputs);
  }
  const holder =
    after === undefined
      ? "the object is gone again"
      : `${after.object.site} took epoch ${after.object.epoch}`;
  throw new ProviderError(
    `${inputs.site} did not get epoch ${rest.object.epoch}: ` +
      (outcome.kind === "lost" ? `another writer was first, ${holder}` : holder),
    { hint: "look at who is active now, then decide again" },
  );
}

/** The same take: made by this very call, or by an earlier one of the same run. */
function isOurs(found: EpochObject, wanted: EpochObject): boolean {
  if (found.epoch !== wanted.epoch || found.site !== wanted.site) return false;
  return found.takenAt === wanted.takenAt || (wanted.run !== undefined && found.run === wanted.run);
}

async function readEpoch(
  bucket: string,
  key: string,
  context: Context,
): Promise<{ readonly object: EpochObject; readonly etag: string } | undefined> {
  let stored: Awaited<ReturnType<NonNullable<Clients["store"]>["get"]>>;
  try {
    stored = await clientOf(context, "store").get(bucket, key);
  } catch (error) {
    if (error instanceof StoreError && error.code === "NoSuchBucket") {
      throw new ProviderError(`the control bucket ${bucket} does not exist`, {
        hint: "deploy the offsite stack first",
        cause: error,
      });
    }
    throw new ProviderError(
      `cannot read the epoch object ${bucket}/${key}, and without it nobody knows who is active`,
      { hint: "make the third place's store reachable, then repeat", cause: error },
    );
  }
  if (stored === undefined) return undefined;
  return { object: parseEpoch(stored.body, `${bucket}/${key}`), etag: stored.etag };
}

function parseEpoch(body: string, where: string): EpochObject {
  try {
    return epochObjectSchema.parse(JSON.parse(body));
  } catch (error) {
    throw new ProviderError(`the epoch object ${where} cannot be read`, {
      hint: "restore the object's last good version",
      cause: error,
    });
  }
}

function allowed(plan: TermPlan): Exclude<TermPlan, { kind: "refuse" }> {
  if (plan.kind === "refuse") throw new ProviderError(plan.reason);
  return plan;
}

function toState(inputs: TermInputs, outputs: TermOutputs): State {
  return { bucket: inputs.bucket, key: inputs.key, site: inputs.site, ...outputs };
}

/** `control/epoch.json@primary`: also what `pulumi import` takes. */
function toId({ bucket, key, site }: TermInputs): string {
  return `${bucket}/${key}@${site}`;
}

function fromId(id: string): { readonly bucket: string; readonly key: string; readonly site: string } {
  const match = /^([^/]+)\/(.+)@([^@/]+)$/u.exec(id);
  const [, bucket, key, site] = match ?? [];
  if (bucket === undefined || key === undefined || site === undefined) {
    throw new ProviderError(`a Term's id is bucket/key@site, not ${JSON.stringify(id)}`);
  }
  return { bucket, key, site };
}
