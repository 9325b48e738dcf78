import { z } from "zod";
import type { Clients } from "../clients/index.ts";
import { clientOf, requireClient } from "../config.ts";
import { checkInputs } from "../server/check.ts";
import { PartialFailure, ProviderError } from "../server/errors.ts";
import { type CallContext, eraseTypes, type ResourceHandler } from "../server/handler.ts";
import { absolute, hostName, isInZone, relative, splitRecordId, ttl } from "./dns-types.ts";
import { publish } from "./dns-verify.ts";

const RECORD_TYPES = ["A", "AAAA", "CNAME", "MX", "NS", "SRV", "TXT"] as const;

const recordSchema = z.object({
  zone: hostName,
  name: hostName,
  type: z.enum(RECORD_TYPES),
  ttl: ttl.default(300),
  values: z.array(z.string().min(1)).min(1),
  nameservers: z.array(z.string().min(7)).default([]),
  verifyTimeoutSeconds: z.int().min(1).max(600).default(15),
});
type RecordInputs = z.infer<typeof recordSchema>;

/** An ordinary set of records: all the values of one name and type. */
export const record: ResourceHandler<RecordInputs, RecordInputs, Clients> = {
  token: "holdfast:index:Record",
  replaceOn: ["zone", "name", "type"],

  async check({ inputs }, context) {
    const outcome = checkInputs(recordSchema, inputs, ({ name, zone }) =>
      isInZone(name, zone)
        ? []
        : [{ property: "name", reason: `name: ${name} does not lie in zone ${zone}` }],
    );
    return { ...outcome, failures: [...outcome.failures, ...requireClient(context, "dns", "zone")] };
  },

  async preview(inputs) {
    return inputs;
  },

  async create(inputs, context) {
    const found = await clientOf(context, "dns").getZone(absolute(inputs.zone));
    const existing = found?.recordSets.find(
      (set) => set.name === absolute(inputs.name) && set.type === inputs.type,
    );
    // The same values are what a killed up left behind; others belong to somebody.
    if (existing !== undefined && !isSameSet(existing.contents, toContents(inputs))) {
      throw new ProviderError(
        `${inputs.name} already has ${inputs.type} records: ${existing.contents.join(", ")}`,
        { hint: `if they are yours: pulumi import holdfast:index:Record <name> ${toId(inputs)}` },
      );
    }
    await settle(inputs, context);
    return { id: toId(inputs), outputs: inputs };
  },

  async update(_id, inputs, _old, context) {
    await settle(inputs, context);
    return inputs;
  },

  async read(id, known, context) {
    const { zone, name, type } = splitRecordId(id);
    const found = await clientOf(context, "dns").getZone(absolute(zone));
    const set = found?.recordSets.find((entry) => entry.name === absolute(name) && entry.type === type);
    if (set === undefined) return undefined;
    const before = known?.inputs;
    // Servers order values as they like, and put dots behind names.
    const isUnchanged = before !== undefined && isSameSet(set.contents, toContents(before));
    const inputs: RecordInputs = {
      zone,
      name,
      type: recordSchema.shape.type.parse(type),
      ttl: set.ttl,
      values: isUnchanged ? before.values : [...set.contents],
      nameservers: before?.nameservers ?? [],
      verifyTimeoutSeconds: before?.verifyTimeoutSeconds ?? 15,
    };
    return { inputs, outputs: inputs };
  },

  async delete(id, old, context) {
    const dns = clientOf(context, "dns");
    const zone = absolute(old.inputs.zone);
    const found = await dns.getZone(zone);
    const { name, type } = splitRecordId(id);
    if (!found?.recordSets.some((set) => set.name === absolute(name) && set.type === type)) return;
    await dns.remove(zone, absolute(name), type);
    await dns.notify(zone);
  },
};

export const recordHandler = eraseTypes(record);

async function settle(inputs: RecordInputs, context: CallContext<Clients>): Promise<void> {
  const zone = absolute(inputs.zone);
  await clientOf(context, "dns").replace(zone, {
    name: absolute(inputs.name),
    type: inputs.type,
    ttl: inputs.ttl,
    contents: toContents(inputs),
  });
  const expected = inputs.type === "A" ? { name: inputs.name, addresses: inputs.values } : undefined;
  try {
    await publish(inputs.zone, inputs.nameservers, inputs.verifyTimeoutSeconds, expected, context);
  } catch (error) {
    throw new PartialFailure(toId(inputs), inputs, error);
  }
}

/** Values as the server stores them: host names end in a dot, texts are quoted. */
function toContents({ type, values }: RecordInputs): readonly string[] {
  switch (type) {
    case "CNAME":
    case "MX":
    case "NS":
    case "SRV":
      return values.map(absolute);
    case "TXT":
      return values.map((value) => (value.startsWith('"') ? value : JSON.stringify(value)));
    case "A":
    case "AAAA":
      return values;
  }
}

function isSameSet(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((value) => right.includes(value));
}

function toId({ zone, name, type }: RecordInputs): string {
  return `${relative(zone)}/${relative(name)}/${type}`;
}
