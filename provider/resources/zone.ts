import { z } from "zod";
import type { Clients } from "../clients/index.ts";
import type { RecordSet } from "../clients/powerdns.ts";
import { clientOf, requireClient } from "../config.ts";
import { checkInputs } from "../server/check.ts";
import { PartialFailure, ProviderError } from "../server/errors.ts";
import { type CallContext, eraseTypes, type ResourceHandler } from "../server/handler.ts";
import { absolute, hostName, relative, ttl } from "./dns-types.ts";
import { publish } from "./dns-verify.ts";

/** `Master` is what every version of the API takes for a primary that notifies its secondaries. */
const KIND = "Master";

const zoneSchema = z.object({
  name: hostName,
  nameservers: z.array(hostName).min(1),
  hostmaster: hostName.optional(),
  ttl: ttl.default(300),
  minimumTtl: ttl.default(5),
  refresh: ttl.default(60),
  retry: ttl.default(30),
  expire: ttl.default(604_800),
  servers: z.array(z.string().min(7)).default([]),
  verifyTimeoutSeconds: z.int().min(1).max(600).default(15),
  forceDestroy: z.boolean().default(false),
});
type ZoneInputs = z.infer<typeof zoneSchema>;
type ZoneOutputs = ZoneInputs & { readonly kind: string; readonly serial: number };

/**
 * A zone on the primary name server. Secondaries fetch it on NOTIFY; they are set up where they run, since
 * only the primary has an API. A zone that exists is taken over, its SOA and NS records with it.
 */
export const zone: ResourceHandler<ZoneInputs, ZoneOutputs, Clients> = {
  token: "holdfast:index:Zone",
  replaceOn: ["name"],

  async check({ inputs }, context) {
    const outcome = checkInputs(zoneSchema, inputs);
    return { ...outcome, failures: [...outcome.failures, ...requireClient(context, "dns", "name")] };
  },

  async diff(request, inputChanges) {
    const { kind } = request.oldOutputs;
    // Versions from 4.5 on may answer with the new word for the same.
    if (kind === undefined || kind === KIND || kind === "Primary") return inputChanges;
    return [...inputChanges, { path: "kind", kind: "update", input: false }];
  },

  async preview(inputs, old) {
    return { ...inputs, kind: KIND, serial: old?.serial ?? 0 };
  },

  async create(inputs, context) {
    const outputs = await settle(inputs, context);
    return { id: relative(inputs.name), outputs };
  },

  async update(_id, inputs, _old, context) {
    return settle(inputs, context);
  },

  async read(id, known, context) {
    const found = await clientOf(context, "dns").getZone(absolute(id));
    if (found === undefined) return undefined;
    const apex = (type: string): RecordSet | undefined =>
      found.recordSets.find((set) => set.name === absolute(id) && set.type === type);
    const nameservers = apex("NS")?.contents.map(relative) ?? [];
    const soa = parseSoa(apex("SOA")?.contents[0] ?? "");
    const before = known?.inputs;
    const isOrderOnly =
      before !== undefined &&
      before.nameservers.length === nameservers.length &&
      before.nameservers.every((host) => nameservers.includes(relative(host)));
    const inputs: ZoneInputs = {
      name: id,
      nameservers: isOrderOnly ? before.nameservers : nameservers,
      ...(soa.hostmaster === defaultHostmaster(id) && before?.hostmaster === undefined
        ? {}
        : { hostmaster: soa.hostmaster }),
      ttl: apex("NS")?.ttl ?? 0,
      minimumTtl: soa.minimumTtl,
      refresh: soa.refresh,
      retry: soa.retry,
      expire: soa.expire,
      servers: before?.servers ?? [],
      verifyTimeoutSeconds: before?.verifyTimeoutSeconds ?? 15,
      forceDestroy: before?.forceDestroy ?? false,
    };
    // The serial moves with every record; state keeps the first one, or each refresh would show a change.
    return {
      inputs,
      outputs: { ...inputs, kind: found.kind, serial: known?.outputs.serial ?? found.serial },
    };
  },

  async delete(id, old, context) {
    const dns = clientOf(context, "dns");
    const found = await dns.getZone(absolute(id));
    if (found === undefined) return;
    const others = found.recordSets.filter(
      (set) => set.name !== absolute(id) || !["SOA", "NS"].includes(set.type),
    );
    if (others.length > 0 && !old.inputs.forceDestroy) {
      const names = others.map((set) => `${relative(set.name)} ${set.type}`).join(", ");
      throw new ProviderError(`zone ${id} still has records, so it is not deleted: ${names}`, {
        hint: "delete them, or set forceDestroy on the zone and run up before destroy",
      });
    }
    await dns.deleteZone(absolute(id));
  },
};

export const zoneHandler = eraseTypes(zone);

async function settle(inputs: ZoneInputs, context: CallContext<Clients>): Promise<ZoneOutputs> {
  const dns = clientOf(context, "dns");
  const name = absolute(inputs.name);
  const recordSets = [
    { name, type: "NS", ttl: inputs.ttl, contents: inputs.nameservers.map(absolute) },
    { name, type: "SOA", ttl: inputs.ttl, contents: [formatSoa(inputs)] },
  ];
  const existing = await dns.getZone(name);
  if (existing === undefined) await dns.createZone(name, { kind: KIND, recordSets });
  else {
    if (existing.kind !== KIND && existing.kind !== "Primary") await dns.setZoneKind(name, KIND);
    for (const set of recordSets) {
      // A serial of 0 would send the secondaries back in time: go on from the one that is served.
      const contents = set.type === "SOA" ? [formatSoa(inputs, existing.serial)] : set.contents;
      await dns.replace(name, { ...set, contents });
    }
  }
  const serial = (await dns.getZone(name))?.serial ?? 0;
  const outputs: ZoneOutputs = { ...inputs, kind: KIND, serial };
  try {
    await publish(inputs.name, inputs.servers, inputs.verifyTimeoutSeconds, undefined, context);
  } catch (error) {
    throw new PartialFailure(relative(inputs.name), outputs, error);
  }
  return outputs;
}

/** The server raises the serial itself on every change. */
function formatSoa(inputs: ZoneInputs, serial = 1): string {
  const { refresh, retry, expire, minimumTtl } = inputs;
  const hostmaster = inputs.hostmaster ?? defaultHostmaster(inputs.name);
  const primary = absolute(inputs.nameservers[0] ?? inputs.name);
  return `${primary} ${absolute(hostmaster)} ${serial} ${refresh} ${retry} ${expire} ${minimumTtl}`;
}

function parseSoa(content: string): {
  readonly hostmaster: string;
  readonly refresh: number;
  readonly retry: number;
  readonly expire: number;
  readonly minimumTtl: number;
} {
  const [, hostmaster = "", , refresh, retry, expire, minimumTtl] = content.split(/\s+/u);
  return {
    hostmaster: relative(hostmaster),
    refresh: Number(refresh ?? 0),
    retry: Number(retry ?? 0),
    expire: Number(expire ?? 0),
    minimumTtl: Number(minimumTtl ?? 0),
  };
}

function defaultHostmaster(zone: string): string {
  return `hostmaster.${relative(zone)}`;
}
