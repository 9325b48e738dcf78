// Marshalling and the provider's base: what goes over the wire, and which marks come back.
import fc from "fast-check";
import structPb from "google-protobuf/google/protobuf/struct_pb.js";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { checkInputs } from "../../provider/server/check.ts";
import { diffProperties } from "../../provider/server/diff.ts";
import { describeError, PartialFailure, ProviderError } from "../../provider/server/errors.ts";
import { eraseTypes, type ResourceHandler } from "../../provider/server/handler.ts";
import { fromStruct, SIGNATURE, SIGNATURE_KEY, toStruct } from "../../provider/server/marshal.ts";
import { type Caller, Provider } from "../../provider/server/provider.ts";
import { reveal, withMarksOf } from "../../provider/server/secrets.ts";
import {
  type PlainMap,
  Secret,
  Signed,
  UNKNOWN,
  type Value,
  type ValueMap,
} from "../../provider/server/value.ts";
import { toWireError } from "../../provider/server/wire-error.ts";

const value = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.constant(null),
    fc.boolean(),
    fc.double({ noNaN: true }),
    fc.string(),
    fc.constant(UNKNOWN as Value),
    tie("value").map((inner) => new Secret(inner)),
    fc
      .constantFrom(SIGNATURE.asset, SIGNATURE.archive, SIGNATURE.resource)
      .map((signature) => new Signed(signature, { urn: "urn:x", hash: "00" })),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(
      fc.string().filter((key) => key !== "__proto__" && key !== SIGNATURE_KEY),
      tie("value"),
      {
        maxKeys: 4,
        noNullPrototype: true,
      },
    ),
  ),
})).value;

const properties: fc.Arbitrary<ValueMap> = fc.dictionary(
  fc.string().filter((key) => key !== "__proto__" && key !== SIGNATURE_KEY),
  value,
  { noNullPrototype: true },
);

describe("marshalling", () => {
  test("every value survives the wire, its marks included", () => {
    fc.assert(
      fc.property(properties, (map) => {
        const bytes = toStruct(map).serializeBinary();
        const again = fromStruct(structPb.Struct.deserializeBinary(bytes));
        expect(again).toEqual(map);
      }),
    );
  });

  test("revealing and marking again loses no secret property", () => {
    fc.assert(
      fc.property(properties, (map) => {
        const marked = withMarksOf(reveal(map), map);
        for (const [key, original] of Object.entries(map)) {
          if (original instanceof Secret) expect(marked[key]).toBeInstanceOf(Secret);
        }
        expect(reveal(marked)).toEqual(reveal(map));
      }),
    );
  });

  test("output values are understood, although they are not asked for", () => {
    const wire = (fields: ValueMap): Value =>
      fromStruct(toStruct({ x: { [SIGNATURE_KEY]: SIGNATURE.output, ...fields } })).x ?? null;
    expect(wire({ value: "a" })).toBe("a");
    expect(wire({ value: "a", secret: true })).toEqual(new Secret("a"));
    expect(wire({})).toBe(UNKNOWN);
  });

  test("an unknown signature is refused", () => {
    expect(() => fromStruct(toStruct({ x: { [SIGNATURE_KEY]: "later" } }))).toThrow(
      /unknown signature "later"/u,
    );
  });
});

describe("diff", () => {
  const cases: readonly (readonly [string, PlainMap, PlainMap, readonly string[]])[] = [
    ["nothing", { a: 1, b: [1, { c: "x" }] }, { a: 1, b: [1, { c: "x" }] }, []],
    ["null is absent", { a: null }, {}, []],
    ["names of the engine", { __defaults: ["a"] }, {}, []],
    ["add, delete, update", { a: 1, b: 1 }, { b: 2, c: 1 }, ["delete a", "update b", "add c"]],
    [
      "inside",
      { a: { b: [{ c: 1 }] } },
      { a: { b: [{ c: 2 }, { c: 3 }] } },
      ["update a.b[0].c", "add a.b[1]"],
    ],
    ["unknown", { a: 1 }, { a: UNKNOWN }, ["update a"]],
    ["another type", { a: 1 }, { a: [1] }, ["update a"]],
  ];
  test.each(cases)("%s", (_name, before, after, expected) => {
    expect(diffProperties(before, after).map(({ kind, path }) => `${kind} ${path}`)).toEqual(expected);
  });
});

describe("check", () => {
  const schema = z.object({
    name: z.string(),
    count: z.int().default(3),
    deep: z.strictObject({ days: z.int() }).optional(),
  });

  test("fills defaults in and leaves unknown values alone", () => {
    const outcome = checkInputs(schema, { name: UNKNOWN, deep: { days: UNKNOWN } });
    expect(outcome).toEqual({ inputs: { name: UNKNOWN, count: 3, deep: { days: UNKNOWN } }, failures: [] });
  });

  test("reports every problem with its path", () => {
    const { failures } = checkInputs(schema, { naem: "x", count: "many", deep: { days: "a" } });
    expect(failures.map(({ property }) => property)).toEqual(["naem", "name", "count", "deep.days"]);
  });
});

interface Thing {
  readonly name: string;
  readonly token?: string;
}
const thing: ResourceHandler<Thing, Thing & { readonly made: string }, string> = {
  token: "test:index:Thing",
  replaceOn: ["name"],
  secretOutputs: ["made"],
  check: async ({ inputs }) =>
    checkInputs(z.object({ name: z.string(), token: z.string().optional() }), inputs),
  preview: async (inputs) => ({ ...inputs, made: UNKNOWN }),
  create: async (inputs) => {
    if (inputs.name === "sick")
      throw new PartialFailure(
        "sick",
        { ...inputs, made: "x" },
        new ProviderError("is sick", { hint: "heal it" }),
      );
    return { id: inputs.name, outputs: { ...inputs, made: `made ${inputs.name}` } };
  },
  read: async (id) =>
    id === "gone"
      ? undefined
      : { inputs: { name: id, token: "t" }, outputs: { name: id, token: "t", made: "m" } },
  update: async (_id, inputs) => ({ ...inputs, made: "again" }),
  delete: async () => {},
};

function testProvider(): Provider<string> {
  const provider = new Provider<string>({
    name: "test",
    version: "1.0.0",
    config: { check: (inputs) => ({ inputs, failures: [] }), configure: () => "client" },
    handlers: [eraseTypes(thing)],
  });
  provider.configure({});
  return provider;
}

const caller: Caller = {
  urn: "urn:pulumi:s::p::test:index:Thing::t",
  type: "test:index:Thing",
  signal: new AbortController().signal,
  log: () => {},
};

describe("provider", () => {
  const inputs: ValueMap = { name: "a", token: new Secret("t") };

  test("secrets go in unwrapped and come out wrapped", async () => {
    const provider = testProvider();
    expect((await provider.check(caller, {}, inputs, {})).inputs).toEqual(inputs);
    expect((await provider.create(caller, inputs, false)).outputs).toEqual({
      ...inputs,
      made: new Secret("made a"),
    });
    expect(await provider.update(caller, "a", inputs, inputs, {}, false)).toEqual({
      ...inputs,
      made: new Secret("again"),
    });
    expect(await provider.read(caller, "a", inputs, { made: new Secret("m") })).toEqual({
      id: "a",
      inputs: { name: "a", token: new Secret("t") },
      outputs: { name: "a", token: new Secret("t"), made: new Secret("m") },
    });
  });

  test("a preview makes nothing, and what it cannot know is unknown", async () => {
    const answer = await testProvider().create(caller, { name: UNKNOWN }, true);
    expect(answer).toEqual({ id: "", outputs: { name: UNKNOWN, made: new Secret(UNKNOWN) } });
  });

  test("what is gone reads as nothing", async () => {
    expect(await testProvider().read(caller, "gone", inputs, { made: "m" })).toBeUndefined();
  });

  test("a change of a replaced property replaces", async () => {
    const answer = await testProvider().diff(caller, "a", inputs, {}, { name: "b", token: new Secret("u") });
    expect(answer).toEqual({
      changes: [
        { path: "name", kind: "update", replace: true },
        { path: "token", kind: "update" },
      ],
      replaces: ["name"],
    });
  });

  test("an unknown type is refused by name", async () => {
    const other = { ...caller, type: "test:index:Other" };
    await expect(testProvider().create(other, {}, false)).rejects.toThrow(
      "test 1.0.0 has no resource type test:index:Other; it has test:index:Thing",
    );
  });

  test("a partial failure carries id, reasons and wrapped outputs", async () => {
    const provider = testProvider();
    const sick: ValueMap = { name: "sick", token: new Secret("hidden") };
    const error: unknown = await provider.create(caller, sick, false).catch((reason: unknown) => reason);
    expect(describeError(error)).toBe("is sick\nhint: heal it");
    const wire = toWireError(error, (outputs) => provider.mark(caller, outputs, sick));
    const details = wire.metadata?.get("grpc-status-details-bin")[0]?.toString("latin1") ?? "";
    expect(details).toContain("pulumirpc.ErrorResourceInitFailed");
    expect(details).toContain(SIGNATURE.secret);
  });
});
