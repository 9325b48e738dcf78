// The stand-in for the random provider against what the real one documents. Does not prove that the engine
// takes it: tests/lab/provider-store.test.ts does.
import { compare } from "bcryptjs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createRandomProvider } from "../../lab/standins/random/provider.ts";
import type { Caller } from "../../provider/server/provider.ts";
import { reveal } from "../../provider/server/secrets.ts";
import { Secret, UNKNOWN, type ValueMap } from "../../provider/server/value.ts";

const provider = createRandomProvider();
provider.configure({});

function caller(type: string): Caller {
  const token = `random:index/${type.charAt(0).toLowerCase()}${type.slice(1)}:${type}`;
  return {
    urn: `urn:pulumi:s::p::${token}::x`,
    type: token,
    signal: new AbortController().signal,
    log: () => {},
  };
}

async function create(
  type: string,
  inputs: ValueMap,
): Promise<{ readonly id: string; readonly outputs: ValueMap }> {
  const { inputs: checked, failures } = await provider.check(caller(type), {}, inputs, {});
  expect(failures).toEqual([]);
  return provider.create(caller(type), checked, false);
}

async function refusals(type: string, inputs: ValueMap): Promise<readonly string[]> {
  const { failures } = await provider.check(caller(type), {}, inputs, {});
  return failures.map(({ property }) => property);
}

test("a production run can tell it from the real one", () => {
  expect(provider.version).toBe("4.21.2+standin");
});

describe("RandomPassword", () => {
  test("has the documented defaults", async () => {
    const { inputs } = await provider.check(caller("RandomPassword"), {}, { length: 12 }, {});
    expect(inputs).toEqual({
      length: 12,
      lower: true,
      upper: true,
      numeric: true,
      special: true,
      minLower: 0,
      minUpper: 0,
      minNumeric: 0,
      minSpecial: 0,
    });
  });

  test("result and hash are secret, the id tells nothing, and the hash is of the result", async () => {
    const { id, outputs } = await create("RandomPassword", { length: 12 });
    expect(id).toBe("none");
    expect(outputs.result).toBeInstanceOf(Secret);
    expect(outputs.bcryptHash).toBeInstanceOf(Secret);
    const { result, bcryptHash } = reveal(outputs);
    expect(bcryptHash).toMatch(/^\$2[aby]\$10\$/u);
    expect(await compare(String(result), String(bcryptHash))).toBe(true);
  });

  test("lengths and least numbers hold for every choice of classes", async () => {
    const least = fc.integer({ min: 0, max: 4 });
    const options = fc.record({
      extra: fc.integer({ min: 1, max: 20 }),
      lower: fc.boolean(),
      upper: fc.boolean(),
      numeric: fc.boolean(),
      minLower: least,
      minUpper: least,
      minNumeric: least,
      minSpecial: least,
    });
    await fc.assert(
      fc.asyncProperty(options, async ({ extra, ...rest }) => {
        const length = extra + rest.minLower + rest.minUpper + rest.minNumeric + rest.minSpecial;
        const { outputs } = await create("RandomString", {
          ...rest,
          length,
          special: true,
          overrideSpecial: "_-",
        });
        const result = String(outputs.result);
        const count = (pattern: RegExp): number => result.match(pattern)?.length ?? 0;
        expect(result).toHaveLength(length);
        for (const [name, pattern, isOn] of [
          ["minLower", /[a-z]/gu, rest.lower],
          ["minUpper", /[A-Z]/gu, rest.upper],
          ["minNumeric", /[0-9]/gu, rest.numeric],
        ] as const) {
          expect(count(pattern)).toBeGreaterThanOrEqual(rest[name]);
          if (!isOn) expect(count(pattern)).toBe(rest[name]);
        }
        expect(count(/[_-]/gu)).toBeGreaterThanOrEqual(rest.minSpecial);
        expect(result).toMatch(/^[a-zA-Z0-9_-]*$/u);
      }),
    );
  });

  test.each([
    ["no length", {}, "length"],
    ["a misspelt input", { length: 8, specials: false }, "specials"],
    ["a length below the least numbers", { length: 3, minLower: 2, minUpper: 2 }, "length"],
    ["no class at all", { length: 8, lower: false, upper: false, numeric: false, special: false }, "lower"],
    ["number against numeric", { length: 8, number: false }, "number"],
  ])("refuses %s", async (_name, inputs, property) => {
    expect(await refusals("RandomPassword", inputs as ValueMap)).toContain(property);
  });

  test.each([
    ["length", { length: 13 }],
    ["special", { length: 12, special: false }],
    ["keepers", { length: 12, keepers: { a: "1" } }],
    ["overrideSpecial", { length: 12, overrideSpecial: "_" }],
  ])("a change of %s replaces it", async (property, inputs) => {
    const type = caller("RandomPassword");
    const before = (await provider.check(type, {}, { length: 12 }, {})).inputs;
    const after = (await provider.check(type, {}, inputs as ValueMap, {})).inputs;
    expect((await provider.diff(type, "none", before, {}, after)).replaces).toEqual([property]);
  });

  test("a preview generates nothing", async () => {
    const { outputs } = await provider.create(caller("RandomPassword"), { length: 12 }, true);
    expect(outputs.result).toEqual(new Secret(UNKNOWN));
  });
});

test("RandomId: the prefix is in the outputs and not in the id", async () => {
  const { id, outputs } = await create("RandomId", { byteLength: 4, prefix: "x-" });
  expect(id).toMatch(/^[A-Za-z0-9_-]{6}$/u);
  const bytes = Buffer.from(id, "base64url");
  expect(outputs).toMatchObject({
    b64Url: `x-${id}`,
    b64Std: `x-${bytes.toString("base64")}`,
    hex: `x-${bytes.toString("hex")}`,
    dec: `x-${bytes.readUInt32BE(0)}`,
  });
});

test("RandomInteger: both ends are drawn", async () => {
  const drawn = new Set<unknown>();
  for (let round = 0; round < 100; round++) {
    drawn.add((await create("RandomInteger", { min: 1, max: 3 })).outputs.result);
  }
  expect([...drawn].sort()).toEqual([1, 2, 3]);
  expect(await refusals("RandomInteger", { min: 3, max: 1 })).toEqual(["min"]);
  expect(await refusals("RandomInteger", { min: 1, max: 3, seed: "x" })).toEqual(["seed"]);
});

test("RandomUuid: id and result are one UUID", async () => {
  const { id, outputs } = await create("RandomUuid", {});
  expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/u);
  expect(outputs.result).toBe(id);
});

test("a type it does not have is refused by name", async () => {
  await expect(create("RandomPet", {})).rejects.toThrow("no resource type random:index/randomPet:RandomPet");
});
