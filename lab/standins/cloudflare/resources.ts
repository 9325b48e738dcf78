// Stand-in for Pulumi's provider cloudflare: the lab's alone.
import { type CheckFailure, ProviderError } from "../../../provider/server/errors.ts";
import type { AnyHandler } from "../../../provider/server/handler.ts";
import { defineStandIn, type StandInResource } from "../define.ts";
import type { CloudflareToken } from "../types/tokens.ts";
import {
  type Account,
  type DnsRecord,
  type Kind,
  type LoadBalancer,
  type Monitor,
  newId,
  type Pool,
} from "./account.ts";
import type { CloudflareClients } from "./clients.ts";
import { cloudflareTable } from "./table.ts";

interface CloudflareResource<I>
  extends Pick<StandInResource<I, CloudflareClients>, "actsOn" | "replaceOn" | "defaults" | "rules"> {
  readonly token: CloudflareToken;
  readonly kind: Kind;
  /** What the service refuses, seen on the account as it would be afterwards. */
  refuse(account: Account, id: string, inputs: I): string | undefined;
  /** Who still needs it; the service deletes nothing that is in use. */
  usedBy?(account: Account, id: string): string | undefined;
  /** What answers otherwise than before. */
  settle(id: string, inputs: I, clients: CloudflareClients): Promise<void>;
}

/** Kept as given in the account's file; what the service would refuse is refused. */
function define<I extends object>(resource: CloudflareResource<I>): AnyHandler<CloudflareClients> {
  const { kind } = resource;
  const put = async (id: string, inputs: I, clients: CloudflareClients): Promise<void> => {
    await clients.file.change((account) => {
      const after: Account = { ...account, [kind]: { ...account[kind], [id]: inputs } };
      const refusal = resource.refuse(after, id, inputs);
      if (refusal !== undefined) throw new ProviderError(refusal);
      return after;
    });
    await resource.settle(id, inputs, clients);
  };
  return defineStandIn<I, CloudflareClients>("cloudflare", cloudflareTable, {
    ...resource,
    async create(inputs, clients) {
      const id = newId();
      await put(id, inputs, clients);
      return id;
    },
    async read(id, clients) {
      const found = await clients.get(kind, plainId(id));
      return found === undefined ? undefined : { inputs: found as unknown as I, computed: {} };
    },
    update: (id, inputs, _old, clients) => put(id, inputs, clients),
    async delete(id, inputs, clients) {
      await clients.file.change((account) => {
        const { [id]: _gone, ...rest } = account[kind] as Record<string, unknown>;
        const after = { ...account, [kind]: rest } as Account;
        const user = resource.usedBy?.(after, id);
        if (user !== undefined) throw new ProviderError(`${id} is in use by ${user}, so it is not deleted`);
        return after;
      });
      await resource.settle(id, inputs, clients);
    },
  });
}

/** An import's id is `account-or-zone/id`. */
function plainId(id: string): string {
  return id.split("/").at(-1) ?? id;
}

export const monitor = define<Monitor>({
  token: "cloudflare:index/loadBalancerMonitor:LoadBalancerMonitor",
  kind: "monitors",
  actsOn: [
    "accountId",
    "allowInsecure",
    "consecutiveDown",
    "consecutiveUp",
    "description",
    "expectedBody",
    "expectedCodes",
    "followRedirects",
    "header",
    "interval",
    "method",
    "path",
    "port",
    "probeZone",
    "retries",
    "timeout",
    "type",
  ],
  replaceOn: ["accountId"],
  refuse: () => undefined,
  usedBy: ({ pools }, id) => Object.values(pools).find((pool) => pool.monitor === id)?.name,
  settle: async () => {
    // Nothing here probes, so no answer comes from a monitor.
  },
});

export const pool = define<Pool>({
  token: "cloudflare:index/loadBalancerPool:LoadBalancerPool",
  kind: "pools",
  actsOn: ["accountId", "name", "origins", "enabled", "monitor", "minimumOrigins", "description"],
  replaceOn: ["accountId"],
  refuse: ({ pools, monitors }, id, inputs) => {
    if (Object.entries(pools).some(([other, { name }]) => other !== id && name === inputs.name)) {
      return `a pool named ${inputs.name} exists already`;
    }
    const { monitor: wanted } = inputs;
    return wanted === undefined || wanted in monitors ? undefined : `monitor ${wanted} does not exist`;
  },
  usedBy: ({ loadBalancers }, id) =>
    Object.values(loadBalancers).find(
      ({ defaultPools, fallbackPool }) => defaultPools.includes(id) || fallbackPool === id,
    )?.name,
  settle: (id, _inputs, clients) => clients.answerOf(id),
});

export const loadBalancer = define<LoadBalancer>({
  token: "cloudflare:index/loadBalancer:LoadBalancer",
  kind: "loadBalancers",
  actsOn: [
    "zoneId",
    "name",
    "ttl",
    "enabled",
    "proxied",
    "defaultPools",
    "fallbackPool",
    "steeringPolicy",
    "randomSteering",
    "sessionAffinity",
    "description",
  ],
  replaceOn: ["zoneId"],
  rules: (inputs) => [...notProxied(inputs), ...checkSteering(inputs)],
  refuse: ({ loadBalancers, pools }, id, inputs) => {
    if (Object.entries(loadBalancers).some(([other, { name }]) => other !== id && name === inputs.name)) {
      return `a load balancer for ${inputs.name} exists already`;
    }
    const named = [...inputs.defaultPools, inputs.fallbackPool];
    const missing = named.find((wanted) => !(wanted in pools));
    return missing === undefined ? undefined : `pool ${missing} does not exist`;
  },
  settle: async (_id, { name }, clients) => clients.answer(name),
});

export const dnsRecord = define<DnsRecord>({
  token: "cloudflare:index/dnsRecord:DnsRecord",
  kind: "records",
  actsOn: ["zoneId", "name", "type", "ttl", "content", "proxied", "comment"],
  replaceOn: ["zoneId", "name", "type"],
  rules: (inputs) => notProxied(inputs),
  refuse: ({ records }, id, { name, type, content }) =>
    Object.entries(records).some(
      ([other, has]) => other !== id && has.name === name && has.type === type && has.content === content,
    )
      ? `an identical ${type} record for ${name} exists already`
      : undefined,
  settle: async (_id, { name, type }, clients) => {
    if (type === "A") await clients.answer(name);
  },
});

/** Proxied, the service answers with addresses of its own network, and there is none here. */
function notProxied({ proxied }: { readonly proxied?: boolean }): readonly CheckFailure[] {
  if (proxied !== true) return [];
  return [
    {
      property: "proxied",
      reason:
        "proxied: the lab's stand-in for cloudflare has no proxy; it answers with the origins' addresses",
    },
  ];
}

function checkSteering({ steeringPolicy = "off", randomSteering }: LoadBalancer): readonly CheckFailure[] {
  const failures: CheckFailure[] = [];
  if (!["off", "random"].includes(steeringPolicy)) {
    const reason = `steeringPolicy: the lab's stand-in for cloudflare knows off and random, got ${steeringPolicy}`;
    failures.push({ property: "steeringPolicy", reason });
  }
  const weights = Object.entries(randomSteering?.poolWeights ?? {});
  for (const [id, weight] of weights.filter(([, value]) => value < 0 || value > 1)) {
    const property = `randomSteering.poolWeights.${id}`;
    failures.push({ property, reason: `${property}: must lie between 0 and 1, got ${weight}` });
  }
  return failures;
}
