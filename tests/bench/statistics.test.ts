import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { alternate } from "../../bench/order.ts";
import { median, ratioOf } from "../../bench/statistics.ts";

/** The bench's sums and its order of turns. That what is timed is timed rightly, only a run on the lab shows. */

describe("median", () => {
  test.each([
    [[], null],
    [[3], 3],
    [[9, 1], 5],
    [[9, 1, 2], 2],
    [[4, 1, 3, 100], 3.5],
  ])("of %j is %j", (values, expected) => {
    expect(median(values)).toBe(expected);
  });

  test("half of the values lie on each side of it, and it leaves them as they were", () => {
    fc.assert(
      fc.property(fc.array(fc.integer(), { minLength: 1 }), (values) => {
        const before = [...values];
        const middle = median(values) ?? Number.NaN;
        expect(values).toEqual(before);
        expect(values.filter((value) => value < middle).length).toBeLessThanOrEqual(values.length / 2);
        expect(values.filter((value) => value > middle).length).toBeLessThanOrEqual(values.length / 2);
      }),
    );
  });
});

describe("ratio", () => {
  const timed = (...seconds: number[]) => seconds.map((value, round) => ({ round, seconds: value }));

  test("is that of neighbours: a busy round weighs on both alike", () => {
    // Medians of each alone would say 6 / 4.
    expect(ratioOf(timed(2, 6, 20), timed(4, 3, 10))).toBe(2);
  });

  test("counts the rounds that both took part in", () => {
    expect(ratioOf(timed(10, 10, 90), timed(5, 5))).toBe(2);
    expect(ratioOf(timed(10), [])).toBeNull();
  });
});

describe("order", () => {
  const repetitions = { a: 7, b: 7, slow: 3 } as const;
  const names = ["a", "b", "slow"] as const;

  test("gives everyone their repetitions, and each round everyone who has some left", () => {
    const rounds = alternate(names, (name) => repetitions[name]);
    expect(rounds).toHaveLength(7);
    for (const name of names)
      expect(rounds.filter((turn) => turn.includes(name))).toHaveLength(repetitions[name]);
    expect(rounds.slice(0, 3).every((turn) => turn.length === 3)).toBe(true);
  });

  test("two of them swap: neither is first more than one round oftener", () => {
    const firsts = alternate(["a", "b"] as const, () => 6).map((turn) => turn[0]);
    expect(Math.abs(firsts.filter((one) => one === "a").length - 3)).toBeLessThanOrEqual(1);
    expect(new Set(firsts).size).toBe(2);
  });

  test("nobody has nothing to do", () => {
    expect(alternate(["a"], () => 0)).toEqual([]);
    expect(alternate([], () => 3)).toEqual([]);
  });
});
