// The stand-in for cloudflare on its account file: lives, refusals, and which addresses the service would answer with.
// Does not prove that the real service refuses the same; that name servers take the answers is the drill's to show.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Candidate, answersOf as route53Answers } from "../../lab/standins/aws/route53/answers.ts";
import type { Account, LoadBalancer } from "../../lab/standins/cloudflare/account.ts";
import type { CloudflareClients } from "../../lab/standins/cloudflare/clients.ts";
import { createCloudflareProvider } from "../../lab/standins/cloudflare/provider.ts";
import { answersOf } from "../../lab/standins/cloudflare/steering.ts";
import { makeMirror } from "../../lab/standins/mirror.ts";
import type { Caller, Provider } from "../../provider/server/provider.ts";
import { reveal } from "../../provider/server/secrets.ts";
import { type PlainMap, UNKNOWN } from "../../provider/server/value.ts";
import { MemoryDns } from "../provider/fakes.ts";

let folder: string;
let provider: Provider<CloudflareClients>;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "cloudflare-"));
  provider = createCloudflareProvider({ HOLDFAST_CLOUDFLARE_STATE: path.join(folder, "account.json") });
  provider.configure({ apiToken: "token" });
});
afterEach(() => rm(folder, { recursive: true }));

const callerOf = (type: string): Caller => ({
  urn: `urn:pulumi:s::p::${type}::thing`,
  type,
  signal: AbortSignal.any([]),
  log: () => {},
});
const typeOf = (name: string): string =>
  `cloudflare:index/${name.charAt(0).toLowerCase()}${name.slice(1)}:${name}`;

interface Made {
  readonly caller: Caller;
  readonly id: string;
  readonly inputs: PlainMap;
  readonly outputs: PlainMap;
}

async function create(name: string, given: PlainMap): Promise<Made> {
  const caller = callerOf(typeOf(name));
  const { inputs, failures } = await provider.check(caller, {}, given, {});
  expect(failures).toEqual([]);
  const { id, outputs } = await provider.create(caller, inputs, false);
  return { caller, id, inputs: reveal(inputs), outputs: reveal(outputs) };
}

const read = ({ caller, id, inputs, outputs }: Made) => provider.read(caller, id, inputs, outputs);
const remove = ({ caller, id, inputs, outputs }: Made) => provider.delete(caller, id, inputs, outputs);

const monitorInputs = {
  accountId: "account",
  type: "https",
  path: "/health",
  header: { Host: ["erp.example"] },
};
const poolInputs = (name: string, address: string): PlainMap => ({
  accountId: "account",
  name,
  origins: [{ name, address, enabled: true, weight: 1 }],
});
const balancerInputs = (pools: Readonly<Record<string, number>>, fallbackPool: string): PlainMap => ({
  zoneId: "zone",
  name: "erp.example",
  defaultPools: Object.keys(pools),
  fallbackPool,
  ttl: 5,
  proxied: false,
  steeringPolicy: "random",
  randomSteering: { defaultWeight: 0, poolWeights: pools },
});

describe("lives", () => {
  test("a monitor, a pool and a load balancer: read back as given, deleted in order only", async () => {
    const monitor = await create("LoadBalancerMonitor", monitorInputs);
    const pool = await create("LoadBalancerPool", {
      ...poolInputs("one", "198.51.100.1"),
      monitor: monitor.id,
    });
    const balancer = await create("LoadBalancer", balancerInputs({ [pool.id]: 1 }, pool.id));
    for (const made of [monitor, pool, balancer]) {
      const found = await read(made);
      expect(found?.inputs).toEqual(made.inputs);
      const { changes } = await provider.diff(made.caller, made.id, found?.inputs ?? {}, {}, made.inputs);
      expect(changes).toEqual([]);
    }
    await expect(remove(monitor)).rejects.toThrow(/in use by one/u);
    await expect(remove(pool)).rejects.toThrow(/in use by erp.example/u);
    for (const made of [balancer, pool, monitor]) {
      await remove(made);
      expect(await read(made)).toBeUndefined();
      await remove(made);
    }
  });

  test("a weight changes in place and is named by its path; another zone replaces", async () => {
    const [one, two] = await Promise.all(
      ["one", "two"].map((name) => create("LoadBalancerPool", poolInputs(name, `198.51.100.${name.length}`))),
    );
    const weights = (first: number): PlainMap =>
      balancerInputs({ [one?.id ?? ""]: first, [two?.id ?? ""]: 1 - first }, one?.id ?? "");
    const made = await create("LoadBalancer", weights(1));
    const { changes, replaces } = await provider.diff(made.caller, made.id, made.inputs, {}, weights(0.5));
    expect(changes.map((change) => change.path).sort()).toEqual(
      [one, two].map((pool) => `randomSteering.poolWeights.${pool?.id}`).sort(),
    );
    expect(replaces).toEqual([]);
    const other = { ...weights(1), zoneId: "other" };
    expect((await provider.diff(made.caller, made.id, made.inputs, {}, other)).replaces).toEqual(["zoneId"]);
    await provider.update(made.caller, made.id, weights(0.25), made.inputs, made.outputs, false);
    expect((await read(made))?.inputs).toMatchObject({
      randomSteering: { poolWeights: { [one?.id ?? ""]: 0.25 } },
    });
  });

  test("an import gives the inputs, whether or not the id names the account", async () => {
    const made = await create("LoadBalancerPool", poolInputs("one", "198.51.100.1"));
    for (const id of [made.id, `account/${made.id}`]) {
      expect((await provider.read(made.caller, id, {}, {}))?.inputs).toEqual(made.inputs);
    }
  });

  test("a preview with an unknown pool changes nothing", async () => {
    const caller = callerOf(typeOf("LoadBalancer"));
    const given: PlainMap = { ...balancerInputs({}, "x"), defaultPools: [UNKNOWN], fallbackPool: UNKNOWN };
    const { inputs, failures } = await provider.check(caller, {}, given, {});
    expect(failures).toEqual([]);
    await provider.create(caller, inputs, true);
    await expect(create("LoadBalancer", balancerInputs({ gone: 1 }, "gone"))).rejects.toThrow(
      /gone does not exist/u,
    );
  });
});

describe("refusals", () => {
  test.each([
    ["proxied", "DnsRecord", { zoneId: "z", name: "a.example", type: "A", ttl: 60, proxied: true }],
    ["proxied", "LoadBalancer", { ...balancerInputs({ a: 1 }, "a"), proxied: true }],
    ["steeringPolicy", "LoadBalancer", { ...balancerInputs({ a: 1 }, "a"), steeringPolicy: "geo" }],
    ["randomSteering.poolWeights.a", "LoadBalancer", balancerInputs({ a: 2 }, "a")],
    ["rules", "LoadBalancer", { ...balancerInputs({ a: 1 }, "a"), rules: [] }],
  ] as const)("%s of a %s is refused by name", async (property, name, inputs) => {
    const { failures } = await provider.check(callerOf(typeOf(name)), {}, inputs as PlainMap, {});
    expect(failures.map((failure) => failure.property)).toEqual([property]);
  });

  test("a second pool of one name, and a second load balancer", async () => {
    const pool = await create("LoadBalancerPool", poolInputs("one", "198.51.100.1"));
    await expect(create("LoadBalancerPool", poolInputs("one", "198.51.100.2"))).rejects.toThrow(
      /exists already/u,
    );
    await create("LoadBalancer", balancerInputs({ [pool.id]: 1 }, pool.id));
    await expect(create("LoadBalancer", balancerInputs({ [pool.id]: 1 }, pool.id))).rejects.toThrow(
      /exists already/u,
    );
  });

  test("without a file for the account, and without a token", async () => {
    const lost = createCloudflareProvider({});
    expect(() => lost.configure({ apiToken: "token" })).toThrow(/no account/u);
    expect(lost.checkConfig({}).failures.map(({ property }) => property)).toEqual(["apiToken"]);
  });

  test("changes made at once are all kept", async () => {
    const pools = Array.from({ length: 8 }, (_, index) => poolInputs(`p${index}`, `198.51.100.${index}`));
    const made = await Promise.all(pools.map((inputs) => create("LoadBalancerPool", inputs)));
    for (const each of made) expect(await read(each)).toBeDefined();
  });
});

describe("what Cloudflare answers with", () => {
  const pool = (address: string, enabled = true) => ({
    accountId: "a",
    name: address,
    enabled,
    origins: [{ address }],
  });
  const account: Account = {
    monitors: {},
    pools: { one: pool("198.51.100.1"), two: pool("198.51.100.2"), off: pool("198.51.100.3", false) },
    loadBalancers: {},
    records: {},
  };
  const answer = (weights: Readonly<Record<string, number>>, more: Partial<LoadBalancer> = {}) =>
    answersOf(account, { ...(balancerInputs(weights, "two") as unknown as LoadBalancer), ...more });

  test("by the pools' weights", () => {
    expect(answer({ one: 0.9, two: 0.1 })).toEqual([
      { address: "198.51.100.1", weight: 90 },
      { address: "198.51.100.2", weight: 10 },
    ]);
  });
  test("not with a pool of weight 0, nor with one that is off", () => {
    expect(answer({ one: 1, two: 0, off: 1 })).toEqual([{ address: "198.51.100.1", weight: 100 }]);
  });
  test("with the fallback pool, whatever its state, when no other can", () => {
    expect(answer({ off: 1 })).toEqual([{ address: "198.51.100.2", weight: 100 }]);
    expect(answer({ off: 1 }, { fallbackPool: "off" })).toEqual([{ address: "198.51.100.3", weight: 100 }]);
  });
  test("with the first pool where steering is off, and with nothing where it is all off", () => {
    expect(answer({ one: 0.5, two: 0.5 }, { steeringPolicy: "off" })).toEqual([
      { address: "198.51.100.1", weight: 100 },
    ]);
    expect(answer({ one: 1 }, { enabled: false })).toEqual([]);
  });
});

describe("what Route 53 answers with", () => {
  const candidate = (last: number, weight: number, isHealthy = true): Candidate => ({
    addresses: [`198.51.100.${last}`],
    weight,
    isHealthy,
  });
  const target = (last: number, weight: number) => ({ address: `198.51.100.${last}`, weight });

  test("by weight, without those of weight 0", () => {
    expect(route53Answers([candidate(1, 90), candidate(2, 10), candidate(3, 0)])).toEqual([
      target(1, 90),
      target(2, 10),
    ]);
  });
  test("with a healthy one of weight 0 when all that have weight are unhealthy", () => {
    expect(route53Answers([candidate(1, 100, false), candidate(2, 0)])).toEqual([target(2, 1)]);
  });
  test("not with a gated one of weight 0", () => {
    expect(route53Answers([candidate(1, 100), candidate(2, 0, false)])).toEqual([target(1, 100)]);
  });
  test("with all as if healthy when none is, and evenly when all weights are 0", () => {
    expect(route53Answers([candidate(1, 100, false), candidate(2, 0, false)])).toEqual([target(1, 100)]);
    expect(route53Answers([candidate(1, 0), candidate(2, 0)])).toEqual([target(1, 1), target(2, 1)]);
  });
});

test("the lab's name servers are told one answer after the other, in a zone that is made when missing", async () => {
  const dns = new MemoryDns();
  const mirror = makeMirror(dns, "example.", ["ns1.example.", "ns2.example."]);
  let weight = 0;
  const read = async () => ({ ttl: 5, targets: [{ address: "198.51.100.1", weight: ++weight }] });
  await Promise.all([mirror.answer("erp.example", read), mirror.answer("erp.example", read)]);
  const lua = async () => (await dns.getZone("example."))?.recordSets.filter(({ type }) => type === "LUA");
  expect(await lua()).toEqual([
    { name: "erp.example.", type: "LUA", ttl: 5, contents: [`A "pickwrandom({{2,'198.51.100.1'}})"`] },
  ]);
  await mirror.answer("erp.example", async () => ({ ttl: 5, targets: [] }));
  expect(await lua()).toEqual([]);
  await expect(mirror.answer("erp.other", read)).rejects.toThrow(/does not lie in example/u);
  await mirror.answer("erp.example", read);
  expect(await lua()).toHaveLength(1);
});
