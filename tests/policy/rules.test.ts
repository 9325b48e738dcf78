// Shows: each rule on a valid stack, on one with more than is needed, and on stacks with one broken field, which
// exactly that rule has to name. Does not show what the engine makes of it: tests/lab/policy.test.ts does.
import { describe, expect, it } from "vitest";
import { judgeResource, judgeStack } from "../../policy/judge.ts";
import type { Finding, Resource, World } from "../../policy/rule.ts";
import { rules } from "../../policy/rules/index.ts";
import { imagesLock } from "./builders.ts";
import { bucketCases } from "./cases/buckets.ts";
import type { Case } from "./cases/case.ts";
import { siteCases } from "./cases/site.ts";

const cases: readonly Case[] = [...bucketCases, ...siteCases];

const world: World = { readFile: (path) => (path === "images.lock" ? imagesLock : undefined) };

function judge(stack: readonly Resource[], settingsOf: (rule: string) => Readonly<Record<string, unknown>>) {
  return rules.flatMap((rule) => {
    const settings = settingsOf(rule.name);
    const findings: readonly Finding[] =
      rule.kind === "stack"
        ? (judgeStack(rule, stack, settings, world)?.findings ?? [])
        : stack.flatMap((one) => judgeResource(rule, one, settings, world)?.findings ?? []);
    return findings.map(({ message }) => ({ rule: rule.name, message }));
  });
}

describe.each(cases)("$rule, $kind: $what", ({ rule, kind, stack, settings, says }) => {
  it(kind === "nearMiss" ? "names exactly this rule" : "names no rule", () => {
    const found = judge(stack, (name) => (name === rule ? (settings ?? {}) : {}));
    expect([...new Set(found.map((one) => one.rule))], JSON.stringify(found, null, 1)).toEqual(
      kind === "nearMiss" ? [rule] : [],
    );
    if (says !== undefined) expect(found.map(({ message }) => message).join("\n")).toContain(says);
  });
});

describe("the table of cases", () => {
  it.each(rules.map(({ name }) => name))("has all three kinds for %s", (name) => {
    const kinds = cases.filter(({ rule }) => rule === name).map(({ kind }) => kind);
    expect(new Set(kinds)).toEqual(new Set(["valid", "nearMiss", "extras"]));
  });

  it("says in words what each near miss must be told", () => {
    expect(cases.filter(({ kind, says }) => (kind === "nearMiss") !== (says !== undefined))).toEqual([]);
  });
});
