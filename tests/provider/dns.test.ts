// Zone, Record, WeightedRecord and Fence on servers in memory. Does not prove that PowerDNS takes the
// LUA content: tests/lab does.
import { beforeEach, describe, expect, test } from "vitest";
import type { NameServer } from "../../provider/clients/name-server.ts";
import { isOlder } from "../../provider/resources/dns-verify.ts";
import { fence } from "../../provider/resources/fence.ts";
import { formatWeighted, parseWeighted } from "../../provider/resources/lua.ts";
import { record } from "../../provider/resources/record.ts";
import { weightedRecord } from "../../provider/resources/weighted-record.ts";
import { zone } from "../../provider/resources/zone.ts";
import { diffProperties } from "../../provider/server/diff.ts";
import { describeError, PartialFailure } from "../../provider/server/errors.ts";
import { MemoryDns, MemoryStore, plain, type TestContext, testContext } from "./fakes.ts";

let dns: MemoryDns;
let context: TestContext;
beforeEach(async () => {
  dns = new MemoryDns();
  context = testContext({ dns });
  await dns.createZone("holdfast.test.", { kind: "Master", recordSets: [] });
});

async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  );
}

const erp = {
  zone: "holdfast.test",
  name: "erp.holdfast.test",
  type: "A",
  ttl: 5,
  targets: [
    { address: "198.18.0.11", weight: 90 },
    { address: "198.18.0.12", weight: 10 },
  ],
  nameservers: [] as string[],
  verifyTimeoutSeconds: 15,
} as const satisfies object;
type Weighted = Parameters<typeof weightedRecord.create>[0];
const weighted = plain(erp) as unknown as Weighted;

describe("the LUA content", () => {
  test("is read back as it was written, zero weights left out", () => {
    const targets = [...erp.targets, { address: "198.18.0.13", weight: 0 }];
    expect(formatWeighted(targets)).toBe(`A "pickwrandom({{90,'198.18.0.11'},{10,'198.18.0.12'}})"`);
    expect(parseWeighted(formatWeighted(targets))).toEqual(erp.targets);
  });

  test.each([
    'A "createForward()"',
    `A "pickwrandom({{1,'a'}, evil()})"`,
    `A "pickwrandom({})"`,
    "198.18.0.11",
  ])("%s is not ours", (content) => expect(parseWeighted(content)).toBeUndefined());
});

describe("WeightedRecord", () => {
  test("is written, refreshed without a change, and deleted twice", async () => {
    const { id, outputs } = await weightedRecord.create(weighted, context);
    expect(id).toBe("holdfast.test/erp.holdfast.test/LUA");
    const old = { inputs: weighted, outputs };
    expect(await weightedRecord.read(id, old, context)).toEqual(old);
    await weightedRecord.delete(id, old, context);
    expect(await weightedRecord.read(id, old, context)).toBeUndefined();
    await weightedRecord.delete(id, old, context);
    expect(dns.notified).toBe(2);
  });

  test("a target of weight 0 is no drift", async () => {
    const inputs: Weighted = {
      ...weighted,
      targets: [
        { address: "198.18.0.11", weight: 1 },
        { address: "198.18.0.12", weight: 0 },
      ],
    };
    const { id, outputs } = await weightedRecord.create(inputs, context);
    expect((await weightedRecord.read(id, { inputs, outputs }, context))?.inputs).toEqual(inputs);
  });

  const set = (content: string, ttl = 5): Promise<void> =>
    dns.replace("holdfast.test.", { name: "erp.holdfast.test.", type: "LUA", ttl, contents: [content] });
  test.each([
    [
      "weights",
      () =>
        set(
          formatWeighted([
            { address: "198.18.0.11", weight: 1 },
            { address: "198.18.0.12", weight: 10 },
          ]),
        ),
      ["targets[0].weight"],
    ],
    ["addresses", () => set(formatWeighted([{ address: "198.18.0.11", weight: 90 }])), ["targets[1]"]],
    ["ttl", () => set(formatWeighted(erp.targets), 300), ["ttl"]],
    ["another script", () => set('A "evil()"'), ["targets[0]", "targets[1]", "foreignContent"]],
    [
      "a plain record beside it",
      () =>
        dns.replace("holdfast.test.", {
          name: "erp.holdfast.test.",
          type: "A",
          ttl: 5,
          contents: ["10.0.0.1"],
        }),
      ["conflicting"],
    ],
  ] as const)("changed outside (%s): read names it, update mends it", async (_name, change, paths) => {
    const { id, outputs } = await weightedRecord.create(weighted, context);
    await change();
    const found = await weightedRecord.read(id, { inputs: weighted, outputs }, context);
    if (found === undefined) throw new Error("the record is there");
    const request = {
      id,
      inputs: plain(weighted),
      oldInputs: plain(found.inputs),
      oldOutputs: plain(found.outputs),
    };
    const changes = await weightedRecord.diff?.(
      request,
      diffProperties(request.oldInputs, request.inputs),
      context,
    );
    expect(changes?.map(({ path }) => path)).toEqual(paths);
    await weightedRecord.update(id, weighted, found, context);
    expect((await weightedRecord.read(id, { inputs: weighted, outputs }, context))?.outputs).toEqual(outputs);
  });

  test.each([
    ["no weight", { targets: [{ address: "198.18.0.11", weight: 0 }] }, "targets"],
    ["twice the same", { targets: [erp.targets[0], erp.targets[0]] }, "targets"],
    ["not an address", { targets: [{ address: "erp", weight: 1 }] }, "targets[0].address"],
    ["another zone", { name: "erp.example.test" }, "name"],
    ["a suffix that is no label", { name: "erpholdfast.test" }, "name"],
  ])("check refuses %s", async (_name, change, property) => {
    const inputs = { ...plain(erp), ...plain(change) };
    const { failures } = await weightedRecord.check({ inputs, oldInputs: {}, oldOutputs: {} }, context);
    expect(failures.map((failure) => failure.property)).toContain(property);
  });

  test("without powerdns settings check says so", async () => {
    const { failures } = await weightedRecord.check(
      { inputs: plain(erp), oldInputs: {}, oldOutputs: {} },
      testContext(),
    );
    expect(failures[0]?.reason).toContain("needs a holdfast provider with powerdns settings");
  });
});

describe("an update is done when every name server serves it", () => {
  function servers(
    lag: Readonly<Record<string, number>>,
    answers: readonly string[] = ["198.18.0.11", "198.18.0.12"],
  ) {
    const polls: Record<string, number> = {};
    const askServer = (address: string): NameServer => ({
      address,
      serial: async () => {
        polls[address] = (polls[address] ?? 0) + 1;
        const isBehind = polls[address] <= (lag[address] ?? 0);
        return (dns.zones.get("holdfast.test.")?.serial ?? 0) - (isBehind ? 1 : 0);
      },
      addresses: async () => answers.slice(0, 1),
    });
    return { askServer, polls };
  }
  const inputs: Weighted = { ...weighted, nameservers: ["198.18.0.53", "198.18.0.54"] };

  test("it waits for the slow one", async () => {
    const { askServer, polls } = servers({ "198.18.0.54": 3 });
    await weightedRecord.create(inputs, testContext({ dns, nameServer: askServer }));
    expect(polls).toEqual({ "198.18.0.53": 1, "198.18.0.54": 4 });
  });

  test("a NOTIFY that got lost is sent again", async () => {
    const { askServer } = servers({ "198.18.0.54": 3 });
    await weightedRecord.create(inputs, testContext({ dns, nameServer: askServer }));
    expect(dns.notified).toBe(2);
  });

  test("one that never follows fails the update, names itself, and keeps the resource", async () => {
    const { askServer } = servers({ "198.18.0.54": Number.POSITIVE_INFINITY });
    const error = await failureOf(weightedRecord.create(inputs, testContext({ dns, nameServer: askServer })));
    expect(error).toBeInstanceOf(PartialFailure);
    expect(describeError(error)).toMatch(
      /^name server 198\.18\.0\.54 does not serve the change of erp\.holdfast\.test after 15 s; last seen: serial 1 instead of 2\nhint:/u,
    );
  });

  test("a wrong answer counts as not served", async () => {
    const { askServer } = servers({}, ["10.0.0.1"]);
    const error = await failureOf(weightedRecord.create(inputs, testContext({ dns, nameServer: askServer })));
    expect(describeError(error)).toContain("last seen: erp.holdfast.test -> 10.0.0.1");
  });

  test("serials wrap around", () => {
    expect(isOlder(4_294_967_295, 1)).toBe(true);
    expect(isOlder(1, 4_294_967_295)).toBe(false);
    expect(isOlder(7, 7)).toBe(false);
  });
});

describe("Record", () => {
  type Inputs = Parameters<typeof record.create>[0];
  const inputs: Inputs = {
    zone: "holdfast.test",
    name: "holdfast.test",
    type: "NS",
    ttl: 300,
    values: ["ns1.holdfast.test", "ns2.holdfast.test"],
    nameservers: [],
    verifyTimeoutSeconds: 15,
  };

  test("is written with dots and read back as it was given", async () => {
    const { id } = await record.create(inputs, context);
    expect(dns.zones.get("holdfast.test.")?.recordSets[0]?.contents).toEqual([
      "ns1.holdfast.test.",
      "ns2.holdfast.test.",
    ]);
    expect((await record.read(id, { inputs, outputs: inputs }, context))?.inputs).toEqual(inputs);
  });

  test("does not take over another's values, but goes on with its own", async () => {
    await record.create(inputs, context);
    await record.create(inputs, context);
    const error = await failureOf(record.create({ ...inputs, values: ["ns3.holdfast.test"] }, context));
    expect(describeError(error)).toContain(
      "pulumi import holdfast:index:Record <name> holdfast.test/holdfast.test/NS",
    );
  });
});

describe("Zone", () => {
  type Inputs = Parameters<typeof zone.create>[0];
  const inputs: Inputs = {
    name: "new.test",
    nameservers: ["ns1.holdfast.test"],
    ttl: 300,
    minimumTtl: 5,
    refresh: 60,
    retry: 30,
    expire: 604_800,
    servers: [],
    verifyTimeoutSeconds: 15,
    forceDestroy: false,
  };

  test("is made with SOA and NS, and read back without a change", async () => {
    const { id, outputs } = await zone.create(inputs, context);
    const soa = dns.zones.get("new.test.")?.recordSets.find((set) => set.type === "SOA")?.contents[0];
    expect(soa).toBe("ns1.holdfast.test. hostmaster.new.test. 1 60 30 604800 5");
    const found = await zone.read(id, { inputs, outputs }, context);
    expect(found?.inputs).toEqual(inputs);
    expect(found?.outputs).toEqual(outputs);
  });

  test("a kind changed outside is drift", async () => {
    const { id, outputs } = await zone.create(inputs, context);
    await dns.setZoneKind("new.test.", "Native");
    const found = await zone.read(id, { inputs, outputs }, context);
    const request = {
      id,
      inputs: plain(inputs),
      oldInputs: plain(inputs),
      oldOutputs: plain(found?.outputs ?? {}),
    };
    expect(await zone.diff?.(request, [], context)).toEqual([{ path: "kind", kind: "update", input: false }]);
    await zone.update(id, inputs, { inputs, outputs }, context);
    expect(dns.zones.get("new.test.")?.kind).toBe("Master");
  });

  test("with records in it, it is deleted only when told to", async () => {
    const { id, outputs } = await zone.create(inputs, context);
    await dns.replace("new.test.", { name: "www.new.test.", type: "A", ttl: 5, contents: ["10.0.0.1"] });
    expect(describeError(await failureOf(zone.delete(id, { inputs, outputs }, context)))).toContain(
      "www.new.test A",
    );
    await zone.delete(id, { inputs: { ...inputs, forceDestroy: true }, outputs }, context);
    expect(dns.zones.has("new.test.")).toBe(false);
  });
});

describe("Fence", () => {
  const inputs = { bucket: "control", fencedSite: "primary", epoch: 2 };

  test("is written, refreshed, mended, and deleted twice", async () => {
    const store = new MemoryStore();
    await store.createBucket("control", { objectLock: false });
    const here = testContext({ store });
    const { id, outputs } = await fence.create(inputs, here);
    expect(id).toBe("control/fence/primary");
    const old = { inputs, outputs };
    expect(await fence.read(id, old, here)).toEqual(old);
    await store.put(
      "control",
      "fence/primary",
      JSON.stringify({ schemaVersion: 1, epoch: 1, fencedSite: "primary" }),
    );
    expect((await fence.read(id, old, here))?.inputs.epoch).toBe(1);
    await fence.update(id, inputs, old, here);
    expect(await fence.read(id, old, here)).toEqual(old);
    await fence.delete(id, old, here);
    await fence.delete(id, old, here);
    expect(await fence.read(id, old, here)).toBeUndefined();
  });

  test("a newer fence is neither overwritten nor deleted", async () => {
    const store = new MemoryStore();
    await store.createBucket("control", { objectLock: false });
    const here = testContext({ store });
    const newer = await fence.create({ ...inputs, epoch: 3 }, here);
    expect(describeError(await failureOf(fence.create(inputs, here)))).toContain("already fenced by epoch 3");
    await fence.delete(newer.id, { inputs, outputs: { ...inputs, key: "fence/primary" } }, here);
    expect((await fence.read(newer.id, undefined, here))?.inputs.epoch).toBe(3);
  });
});
