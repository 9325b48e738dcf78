import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { planData } from "../../bench/data.ts";
import { things } from "../../bench/things.ts";
import { type BenchFlags, parseBenchFlags } from "../../cli/bench/arguments.ts";
import { parseAnswer } from "../../cli/bench/port.ts";
import { UserError } from "../../errors/user-error.ts";

/** Arguments, the data's size, the scripts' names. Sizes on the disk are the lab's to show. */

const flags: BenchFlags = {
  ...{ size: "2", repetitions: "7", slow: "3", segments: "32", keepUp: "60" },
  ...{ check: false, keep: false, dir: "runs" },
};

describe("arguments", () => {
  test("sizes and groups are lists", () => {
    const parsed = parseBenchFlags({ ...flags, size: "1,2,0.5", only: "backup,restore" });
    expect(parsed.sizes).toEqual([1, 2, 0.5]);
    expect(parsed.options.groups).toEqual(["backup", "restore"]);
  });
  test.each<Partial<BenchFlags>>([
    { size: "" },
    { size: "1,,2" },
    { size: "0" },
    { size: "65" },
    { size: "1e1" },
    { repetitions: "0" },
    { slow: "-1" },
    { only: "backups" },
    { segments: "3" },
    { keepUp: "1.5" },
  ])("%j is refused with what is allowed", (wrong) => {
    expect(() => parseBenchFlags({ ...flags, ...wrong })).toThrow(UserError);
    expect(() => parseBenchFlags({ ...flags, ...wrong })).toThrow(/allowed:/);
  });
});

test("half of the bytes are pgbench's, half are random", () => {
  const { pgbenchScale, noiseRows } = planData(2);
  expect(pgbenchScale * 15.1e6).toBeCloseTo(1e9, -7);
  expect(noiseRows * 1000).toBeGreaterThan(0.8e9);
  expect(noiseRows * 1000).toBeLessThan(0.9e9);
});

describe("a script's answer", () => {
  test("is its last line", () => expect(parseAnswer('noise\n{"seconds": 1.5}\n')).toEqual({ seconds: 1.5 }));
  test("may be missing", () => expect(parseAnswer("\n")).toEqual({}));
  test.each(["done", "3", "null", '{"seconds": '])("%j is none", (text) => {
    expect(() => parseAnswer(text)).toThrow(/no JSON object/);
  });
});

test("every thing has a function that runs it, and no script function runs nothing", () => {
  const folder = join(import.meta.dirname, "..", "..", "bench", "scripts");
  const text = readdirSync(folder)
    .map((file) => readFileSync(join(folder, file), "utf8"))
    .join("\n");
  const named = (verb: string): string[] =>
    [...text.matchAll(new RegExp(`^${verb}_(\\w+)\\(\\)`, "gm"))].map((match) => match[1] ?? "");
  const ids = Object.keys(things);
  expect(named("run").toSorted()).toEqual(ids.toSorted());
  for (const verb of ["prepare", "facts"]) expect(ids).toEqual(expect.arrayContaining(named(verb)));
});
