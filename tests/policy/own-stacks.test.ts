// Shows: what the pack says of holdfast's own stacks, with its defaults and with the lab's settings, and that those
// settings agree with the stack files. On a mocked engine: tests/lab/policy.test.ts has the real one.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { expiryDays, fullIntervalDays } from "../../config/retention-rules.ts";
import { judgeResource, judgeStack } from "../../policy/judge.ts";
import type { Resource } from "../../policy/rule.ts";
import { rules } from "../../policy/rules/index.ts";
import { deploy, type Registered, reveal, type Value } from "../components/deploy.ts";
import { load } from "../config/stack-files.ts";

type Settings = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

const lab: Settings = JSON.parse(
  readFileSync(new URL("../../policy/config/lab.json", import.meta.url), "utf8"),
);

/** As the engine hands it to the pack: secrets unwrapped. */
function unwrap(value: Value): Value {
  const bare = reveal(value);
  if (Array.isArray(bare)) return bare.map(unwrap);
  if (typeof bare !== "object" || bare === null) return bare;
  return Object.fromEntries(Object.entries(bare).map(([key, one]) => [key, unwrap(one)]));
}

function toResources(registered: readonly Registered[]): readonly Resource[] {
  const byUrn = new Map(registered.map((one) => [one.urn, one]));
  return registered.map((one): Resource => {
    const urn = one.provider.replace(/::[^:]*$/, "");
    const provider = byUrn.get(urn);
    const { type, name, protect } = one;
    return {
      type,
      name,
      urn: one.urn,
      props: unwrap(one.inputs),
      protect,
      sources: {},
      ...(provider === undefined
        ? {}
        : { provider: { name: provider.name, urn, props: unwrapProvider(unwrap(provider.inputs)) } }),
    };
  });
}

/** A provider's settings that are no text travel as JSON; the engine decodes them again. */
function unwrapProvider(inputs: Readonly<Record<string, Value>>): Value {
  return Object.fromEntries(
    Object.entries(inputs).map(([key, value]) => [
      key,
      typeof value === "string" && /^[[{]/.test(value) ? JSON.parse(value) : value,
    ]),
  );
}

async function judge(
  stack: "offsite" | "primary" | "dr",
  settings: Settings,
  changes: Readonly<Record<string, unknown>> = {},
  term = { epoch: 1, activeSite: "primary", sourceEpoch: 1 },
): Promise<readonly string[]> {
  const { resources } = await deploy(stack, term, changes);
  const given = toResources(resources);
  const world = { readFile: () => undefined };
  return rules.flatMap((rule) => {
    const values = settings[rule.name] ?? {};
    if ((values.enforcementLevel ?? rule.level) !== "mandatory") return [];
    const judged =
      rule.kind === "stack"
        ? [judgeStack(rule, given, values, world)]
        : given.map((one) => judgeResource(rule, one, values, world));
    return judged.flatMap(
      (one) => one?.findings.map(({ message, at }) => `${rule.name} ${at?.name ?? ""} ${message}`) ?? [],
    );
  });
}

describe("with the lab's settings", () => {
  it.each(["offsite", "primary", "dr"] as const)("%s breaks no mandatory rule", async (stack) => {
    expect(await judge(stack, lab)).toEqual([]);
  });

  it("dr breaks none either when it is promoted, which a weekly preview asks", async () => {
    const promoted = { "site.role": "active", "site.handover": 1 };
    expect(await judge("dr", lab, promoted, { epoch: 2, activeSite: "dr", sourceEpoch: 1 })).toEqual([]);
  });
});

/** The names of the broken rules. */
const named = (said: readonly string[]): readonly string[] =>
  [...new Set(said.map((one) => one.split(" ")[0] ?? ""))].sort();

describe("with the defaults", () => {
  it("the sites break only what the lab differs in", async () => {
    for (const stack of ["primary", "dr"] as const)
      expect(named(await judge(stack, {}))).toEqual(["image-by-digest", "stateful-protected"]);
    expect(named(await judge("offsite", {}))).toEqual([
      "bucket-locked",
      "bucket-versioned",
      "stateful-protected",
    ]);
  });
});

describe("a change that a stack file's reader may miss", () => {
  it.each([
    [
      "primary",
      "fewer full backups than the lock has days",
      { "backup.retention.full": 7 },
      "lock-within-retention",
    ],
    [
      "dr",
      "less than the primary's memory",
      { "database.resources.requests.memory": "256Mi" },
      "restore-capacity",
    ],
    [
      "primary",
      "a longer archive timeout",
      { "database.archiveTimeout": "16 minutes", "targets.rpo": "20 minutes" },
      "archive-timeout-within-rpo",
    ],
    ["dr", "a longer TTL", { "traffic.ttl": "5 minutes" }, "ttl-limit"],
  ] as const)("%s: %s", async (stack, _, changes, rule) => {
    expect(named(await judge(stack, lab, changes))).toEqual([rule]);
  });
});

describe("the lab's settings", () => {
  it("name rules that there are, and their settings", () => {
    const known = new Map(rules.map(({ name, settings }) => [name, Object.keys(settings)]));
    for (const [name, values] of Object.entries(lab)) {
      const allowed = [...(known.get(name) ?? [name, "is no rule"]), "except", "enforcementLevel"];
      expect(allowed).toEqual(expect.arrayContaining(Object.keys(values)));
      expect(known.has(name), name).toBe(true);
    }
  });

  it("leave no rule out: what the lab differs in is told, and does not stop it", () => {
    expect(Object.entries(lab).filter(([, { enforcementLevel }]) => enforcementLevel === "disabled")).toEqual(
      [],
    );
  });

  it("say what the stack files say", () => {
    const { config } = load("offsite");
    if (config.kind !== "offsite") throw new Error("the offsite stack has another kind");
    const detectionDays = config.backup.detectionWindow / 86_400;
    expect(lab["lock-covers-detection"]).toMatchObject({
      detectionDays,
      fullIntervalDays: fullIntervalDays(config.backup.schedules.full),
    });
    expect(lab["noncurrent-outlives-lock"]).toMatchObject({ detectionDays });
    expect(lab["lock-within-retention"]).toMatchObject({
      lockDays: config.offsite.lock.days,
      retentionDays: expiryDays({
        full: config.backup.schedules.full,
        fullCount: config.backup.retention.full,
        detectionDays,
        lockDays: null,
        noncurrentDays: null,
      }),
    });
    const primary = load("primary").config;
    if (primary.kind === "offsite") throw new Error("the primary stack is no site");
    expect(lab["archive-timeout-within-rpo"]).toMatchObject({ rpoSeconds: primary.targets.rpo });
    expect(lab["worst-case-within-rpo"]).toMatchObject({ rpoSeconds: primary.targets.rpo });
  });
});
