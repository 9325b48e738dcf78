import { z } from "zod";
import type { Clients } from "../clients/index.ts";
import { clientOf, requireClient } from "../config.ts";
import { checkInputs } from "../server/check.ts";
import { type CheckFailure, PartialFailure, ProviderError } from "../server/errors.ts";
import { type CallContext, eraseTypes, type ResourceHandler } from "../server/handler.ts";
import { absolute, hostName, isInZone, relative, splitRecordId, ttl } from "./dns-types.ts";
import { publish } from "./dns-verify.ts";
import { formatWeighted, parseWeighted, type WeightedTarget } from "./lua.ts";

const weightedRecordSchema = z.object({
  zone: hostName,
  name: hostName,
  type: z.literal("A").default("A"),
  ttl: ttl.default(5),
  targets: z
    .array(z.strictObject({ address: z.ipv4(), weight: z.int().min(0).max(1_000_000) }))
    .min(1, "needs at least one target"),
  nameservers: z.array(z.string().min(7)).default([]),
  verifyTimeoutSeconds: z.int().min(1).max(600).default(15),
});
type WeightedRecordInputs = z.infer<typeof weightedRecordSchema>;
type WeightedRecordOutputs = WeightedRecordInputs & {
  /** What the server has, when it is not a weighted record of ours; empty otherwise. */
  readonly foreignContent: string;
  /** Types of other records at the same name, which would answer beside ours. */
  readonly conflicting: readonly string[];
};

/** Types that answer an A query, or forbid the name to have other records. */
const CONFLICTING = ["A", "ALIAS", "CNAME"];

/**
 * A name that answers with one of several addresses, by weight, as a LUA record of PowerDNS. It stays a LUA
 * record with a single target too: changing a record's type is a delete and a create, and the name must
 * not vanish in between while traffic moves.
 */
export const weightedRecord: ResourceHandler<WeightedRecordInputs, WeightedRecordOutputs, Clients> = {
  token: "holdfast:index:WeightedRecord",
  replaceOn: ["zone", "name", "type"],

  async check({ inputs }, context) {
    const outcome = checkInputs(weightedRecordSchema, inputs, checkTargets);
    return { ...outcome, failures: [...outcome.failures, ...requireClient(context, "dns", "zone")] };
  },

  async diff(request, inputChanges) {
    const { foreignContent, conflicting } = request.oldOutputs;
    return [
      ...inputChanges,
      ...(typeof foreignContent === "string" && foreignContent !== ""
        ? [{ path: "foreignContent", kind: "delete", input: false } as const]
        : []),
      ...(Array.isArray(conflicting) && conflicting.length > 0
        ? [{ path: "conflicting", kind: "delete", input: false } as const]
        : []),
    ];
  },

  async preview(inputs) {
    return { ...inputs, foreignContent: "", conflicting: [] };
  },

  async create(inputs, context) {
    const outputs = await settle(inputs, context);
    return { id: toId(inputs), outputs };
  },

  async update(_id, inputs, _old, context) {
    return settle(inputs, context);
  },

  async read(id, known, context) {
    const { zone, name } = splitRecordId(id);
    const found = await clientOf(context, "dns").getZone(absolute(zone));
    const sets = found?.recordSets.filter((set) => set.name === absolute(name)) ?? [];
    const lua = sets.find((set) => set.type === "LUA");
    if (lua === undefined) return undefined;
    const parsed = lua.contents.length === 1 ? parseWeighted(lua.contents[0] ?? "") : undefined;
    const inputs: WeightedRecordInputs = {
      zone,
      name,
      type: "A",
      ttl: lua.ttl,
      targets: withZeroWeights(parsed ?? [], known?.inputs.targets ?? []),
      nameservers: known?.inputs.nameservers ?? [],
      verifyTimeoutSeconds: known?.inputs.verifyTimeoutSeconds ?? 15,
    };
    const conflicting = sets.map((set) => set.type).filter((type) => CONFLICTING.includes(type));
    const foreignContent = parsed === undefined ? lua.contents.join(" ") : "";
    return { inputs, outputs: { ...inputs, foreignContent, conflicting } };
  },

  async delete(_id, old, context) {
    const { zone, name } = old.inputs;
    const dns = clientOf(context, "dns");
    const found = await dns.getZone(absolute(zone));
    if (!found?.recordSets.some((set) => set.name === absolute(name) && set.type === "LUA")) return;
    await dns.remove(absolute(zone), absolute(name), "LUA");
    await dns.notify(absolute(zone));
  },
};

export const weightedRecordHandler = eraseTypes(weightedRecord);

async function settle(
  inputs: WeightedRecordInputs,
  context: CallContext<Clients>,
): Promise<WeightedRecordOutputs> {
  const dns = clientOf(context, "dns");
  const zone = absolute(inputs.zone);
  const name = absolute(inputs.name);
  const found = await dns.getZone(zone);
  if (found === undefined) {
    throw new ProviderError(`zone ${inputs.zone} does not exist at ${dns.endpoint}`, {
      hint: "deploy the offsite stack first",
    });
  }
  const contents = [formatWeighted(inputs.targets)];
  await dns.replace(zone, { name, type: "LUA", ttl: inputs.ttl, contents });
  // After ours, so that the name always has an answer.
  for (const set of found.recordSets) {
    if (set.name === name && CONFLICTING.includes(set.type)) await dns.remove(zone, name, set.type);
  }
  const outputs: WeightedRecordOutputs = { ...inputs, foreignContent: "", conflicting: [] };
  const addresses = inputs.targets.filter(({ weight }) => weight > 0).map(({ address }) => address);
  try {
    const expected = { name: inputs.name, addresses };
    await publish(inputs.zone, inputs.nameservers, inputs.verifyTimeoutSeconds, expected, context);
  } catch (error) {
    throw new PartialFailure(toId(inputs), outputs, error);
  }
  return outputs;
}

function checkTargets(inputs: WeightedRecordInputs): readonly CheckFailure[] {
  const failures: CheckFailure[] = [];
  const { targets, name, zone } = inputs;
  if (targets.every(({ weight }) => weight === 0)) {
    failures.push({ property: "targets", reason: "targets: at least one weight must be above 0" });
  }
  const addresses = targets.map(({ address }) => address);
  const twice = addresses.find((address, index) => addresses.indexOf(address) !== index);
  if (twice !== undefined)
    failures.push({ property: "targets", reason: `targets: ${twice} is listed twice` });
  if (!isInZone(name, zone)) {
    failures.push({ property: "name", reason: `name: ${name} does not lie in zone ${zone}` });
  }
  return failures;
}

/** The server does not hold targets of weight 0; state does, or every refresh would show them as new. */
function withZeroWeights(
  live: readonly WeightedTarget[],
  known: readonly WeightedTarget[],
): WeightedRecordInputs["targets"] {
  const rest = [...live];
  const ordered: WeightedTarget[] = [];
  for (const target of known) {
    const index = rest.findIndex(({ address }) => address === target.address);
    if (index >= 0) ordered.push(...rest.splice(index, 1));
    else if (target.weight === 0) ordered.push(target);
  }
  return [...ordered, ...rest];
}

function toId({ zone, name }: WeightedRecordInputs): string {
  return `${relative(zone)}/${relative(name)}/LUA`;
}
