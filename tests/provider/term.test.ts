// The Term resource on a store in memory: what is written, when, and who loses.
import { describe, expect, test } from "vitest";
import { term } from "../../provider/resources/term.ts";
import type { TermInputs } from "../../provider/resources/term-types.ts";
import { describeError } from "../../provider/server/errors.ts";
import { type Plain, UNKNOWN } from "../../provider/server/value.ts";
import { MemoryStore, plain, testContext } from "./fakes.ts";

const KEY = "epoch.json";

async function storeWith(object?: object): Promise<MemoryStore> {
  const store = new MemoryStore();
  await store.createBucket("control", { objectLock: false });
  if (object !== undefined) await store.put("control", KEY, JSON.stringify(object));
  return store;
}

function inputs(site: string, role: TermInputs["role"], more: Partial<TermInputs> = {}): TermInputs {
  return { bucket: "control", key: KEY, site, role, ...more };
}

const heldByPrimary = {
  schemaVersion: 1,
  epoch: 1,
  site: "primary",
  takenAt: "2026-01-01T00:00:00Z",
  previous: null,
};

async function failureOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => "no failure",
    (error: unknown) => describeError(error),
  );
}

describe("taking an epoch", () => {
  test("the first one, and again without a change", async () => {
    const store = await storeWith();
    const context = testContext({ store });
    const { id, outputs } = await term.create(inputs("primary", "active"), context);
    expect(id).toBe("control/epoch.json@primary");
    expect(outputs).toMatchObject({
      epoch: 1,
      activeSite: "primary",
      sourceEpoch: 0,
      stanzaPath: "/epochs/1",
    });
    expect(JSON.parse((await store.get("control", KEY))?.body ?? "")).toEqual({
      ...heldByPrimary,
      takenAt: "2026-01-02T03:04:05.000Z",
    });
    const again = await term.update(
      id,
      inputs("primary", "active"),
      { inputs: inputs("primary", "active"), outputs },
      context,
    );
    expect(again).toEqual(outputs);
    expect(store.bucket("control").versions).toHaveLength(1);
  });

  test("the next one; the same config afterwards is no change", async () => {
    const store = await storeWith(heldByPrimary);
    const context = testContext({ store });
    const wanted = inputs("dr", "active", { handover: 1, run: "r1" });
    const { id, outputs } = await term.create(wanted, context);
    expect(outputs).toMatchObject({ epoch: 2, activeSite: "dr", sourceEpoch: 1, sourcePath: "/epochs/1" });
    const request = { id, inputs: plain(wanted), oldInputs: plain(wanted), oldOutputs: plain(outputs) };
    const check = await term.check(
      { inputs: plain(wanted), oldInputs: plain(wanted), oldOutputs: plain(outputs) },
      context,
    );
    expect(check.failures).toEqual([]);
    const known = { inputs: wanted, oldOutputs: outputs };
    expect(await term.diff?.({ ...request, known }, [], context)).toEqual([]);
  });

  test("of two sites that try at once, the slower one is told who won", async () => {
    const store = await storeWith(heldByPrimary);
    store.beforePut = () => {
      store.beforePut = undefined;
      const winner = { ...heldByPrimary, epoch: 2, site: "third", previous: { epoch: 1, site: "primary" } };
      store.bucket("control").versions = [];
      void store.put("control", KEY, JSON.stringify(winner));
    };
    const message = await failureOf(
      term.create(inputs("dr", "active", { handover: 1 }), testContext({ store })),
    );
    expect(message).toMatch(/^dr did not get epoch 2: another writer was first, third took epoch 2\nhint:/u);
  });

  test("a store that ignores the condition is found out by reading back", async () => {
    const store = await storeWith(heldByPrimary);
    const put = store.put.bind(store);
    store.put = async (bucket, key) => {
      const winner = { ...heldByPrimary, epoch: 2, site: "third", previous: { epoch: 1, site: "primary" } };
      await put(bucket, key, JSON.stringify(winner));
      return { kind: "written", etag: "x" };
    };
    const message = await failureOf(
      term.create(inputs("dr", "active", { handover: 1 }), testContext({ store })),
    );
    expect(message).toContain("dr did not get epoch 2: third took epoch 2");
  });

  test("a PUT whose answer was lost and that was sent again is our own", async () => {
    const store = await storeWith(heldByPrimary);
    const put = store.put.bind(store);
    store.put = async (...args) => {
      await put(...args);
      return put(...args);
    };
    const { outputs } = await term.create(inputs("dr", "active", { handover: 1 }), testContext({ store }));
    expect(outputs).toMatchObject({ epoch: 2, activeSite: "dr" });
  });

  test("after a killed up the state says standby and the object is ours: kept", async () => {
    const store = await storeWith({
      ...heldByPrimary,
      epoch: 2,
      site: "dr",
      previous: { epoch: 1, site: "primary" },
      run: "r1",
    });
    const old = inputs("dr", "standby");
    const outputs = await term.update(
      "control/epoch.json@dr",
      inputs("dr", "active", { handover: 1, run: "r1" }),
      {
        inputs: old,
        outputs: {
          bucket: "control",
          key: KEY,
          site: "dr",
          epoch: 1,
          activeSite: "primary",
          sourceEpoch: 1,
          stanzaPath: "/epochs/1",
          sourcePath: "/epochs/1",
        },
      },
      testContext({ store }),
    );
    expect(outputs).toMatchObject({ epoch: 2, activeSite: "dr", sourceEpoch: 1 });
    expect(store.bucket("control").versions).toHaveLength(1);
  });
});

describe("check", () => {
  test("changes nothing", async () => {
    const store = await storeWith();
    await term.check(
      { inputs: plain(inputs("primary", "active")), oldInputs: {}, oldOutputs: {} },
      testContext({ store }),
    );
    expect(await store.get("control", KEY)).toBeUndefined();
  });

  test("fails closed when the store does not answer", async () => {
    const store = await storeWith(heldByPrimary);
    store.isDown = true;
    const request = { inputs: plain(inputs("primary", "active")), oldInputs: {}, oldOutputs: {} };
    const message = await failureOf(term.check(request, testContext({ store })));
    expect(message).toMatch(/^cannot read the epoch object control\/epoch.json.*no answer\nhint: /u);
  });

  test("names the stack that makes the bucket", async () => {
    const request = { inputs: plain(inputs("primary", "active")), oldInputs: {}, oldOutputs: {} };
    const message = await failureOf(term.check(request, testContext({ store: new MemoryStore() })));
    expect(message).toContain("hint: deploy the offsite stack first");
  });

  test("refuses an object it cannot read", async () => {
    const store = await storeWith({ epoch: "one" });
    const request = { inputs: plain(inputs("primary", "active")), oldInputs: {}, oldOutputs: {} };
    expect(await failureOf(term.check(request, testContext({ store })))).toContain("cannot be read");
  });

  test("needs a provider with a store", async () => {
    const request = { inputs: plain(inputs("primary", "active")), oldInputs: {}, oldOutputs: {} };
    const { failures } = await term.check(request, testContext());
    expect(failures[0]?.reason).toContain("needs a holdfast provider with s3 settings");
  });

  test("leaves an unknown bucket for the apply", async () => {
    const request = {
      inputs: { ...plain(inputs("primary", "active")), bucket: UNKNOWN as Plain },
      oldInputs: {},
      oldOutputs: {},
    };
    const outcome = await term.check(request, testContext({ store: new MemoryStore() }));
    expect(outcome.failures).toEqual([]);
    const preview = await term.preview(request.inputs, undefined, testContext());
    expect(preview.epoch).toBe(UNKNOWN);
  });
});

describe("refresh", () => {
  const outputs = {
    bucket: "control",
    key: KEY,
    site: "dr",
    epoch: 1,
    activeSite: "primary",
    sourceEpoch: 1,
    stanzaPath: "/epochs/1",
    sourcePath: "/epochs/1",
  };

  test("a standby follows the object", async () => {
    const store = await storeWith({ ...heldByPrimary, epoch: 3, previous: { epoch: 2, site: "dr" } });
    const found = await term.read("", { inputs: inputs("dr", "standby"), outputs }, testContext({ store }));
    expect(found?.outputs).toMatchObject({ epoch: 3, sourceEpoch: 3, stanzaPath: "/epochs/3" });
  });

  test("a lost object keeps what state knows, with a warning", async () => {
    const context = testContext({ store: await storeWith() });
    const found = await term.read("", { inputs: inputs("dr", "standby"), outputs }, context);
    expect(found?.outputs).toEqual(outputs);
    expect(context.lines).toEqual(["the epoch object control/epoch.json is gone; state knows 1"]);
  });

  test("an import without an object finds nothing", async () => {
    const context = testContext({ store: await storeWith() });
    expect(await term.read("control/epoch.json@dr", undefined, context)).toBeUndefined();
  });
});

test("deleting releases nothing", async () => {
  const store = await storeWith(heldByPrimary);
  await term.delete(
    "",
    { inputs: inputs("primary", "active"), outputs: {} as never },
    testContext({ store }),
  );
  expect(await store.get("control", KEY)).toBeDefined();
});
