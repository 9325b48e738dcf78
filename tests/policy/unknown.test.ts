// Shows: what a rule says where an input is known only by the up. The values come from the engine's own library, so
// that this breaks when it marks unknown values in another way.
import { unknownCheckingProxy } from "@pulumi/policy";
import { describe, expect, it } from "vitest";
import { judgeResource, judgeStack } from "../../policy/judge.ts";
import type { Resource, Rule, World } from "../../policy/rule.ts";
import { rules } from "../../policy/rules/index.ts";
import {
  awsBuckets,
  changed,
  holdfastBucket,
  postgresPath,
  site,
  type Value,
  withChanged,
} from "./builders.ts";

/** What the engine sends for a text that is not known yet (@pulumi/policy, proxy.js). */
const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

const world: World = { readFile: () => undefined };

function ruleOf(name: string): Rule {
  const rule = rules.find((one) => one.name === name);
  if (rule === undefined) throw new Error(`no rule ${name}`);
  return rule;
}

const asSent = (stack: readonly Resource[]): readonly Resource[] =>
  stack.map((one) => ({ ...one, props: unknownCheckingProxy(one.props as Record<string, unknown>) }));

function judge(name: string, stack: readonly Resource[]) {
  const rule = ruleOf(name);
  const sent = asSent(stack);
  const judged =
    rule.kind === "stack"
      ? [judgeStack(rule, sent, {}, world)]
      : sent.map((one) => judgeResource(rule, one, {}, world));
  return {
    findings: judged.flatMap((one) => one?.findings.map(({ message }) => message) ?? []),
    unknown: judged.flatMap((one) => one?.unknown?.message ?? []),
  };
}

const broken = (name: string, path: string, value: Value): readonly Resource[] =>
  withChanged(site(), name, (one) => changed(one, path, value));

describe("an unknown value", () => {
  it("is not judged, and its place is told", () => {
    const { findings, unknown: places } = judge(
      "image-by-digest",
      broken("database", `${postgresPath}.image`, unknown),
    );
    expect(findings).toEqual([]);
    expect(places).toEqual([
      "string value at .spec.template.spec.containers.0.image can't be known during preview",
    ]);
  });

  it("does not keep the values after it from being judged", () => {
    const containers: Value = [
      { name: "one", image: unknown },
      { name: "two", image: "registry.example/postgres:18" },
    ];
    const result = judge("image-by-digest", broken("database", "spec.template.spec.containers", containers));
    expect(result.findings).toEqual(["container two has the image registry.example/postgres:18"]);
    expect(result.unknown).toHaveLength(1);
  });

  it("that a rule does not read changes nothing", () => {
    const result = judge("cronjob-forbid", broken("backup-offsite-full", "metadata.namespace", unknown));
    expect(result).toEqual({ findings: [], unknown: [] });
  });

  it("is enough where a rule only asks whether something is given", () => {
    const path = "rules.0.applyServerSideEncryptionByDefault.kmsMasterKeyId";
    const stack = withChanged(awsBuckets(), "main-encryption", (one) => changed(one, path, unknown));
    expect(judge("bucket-encrypted", stack)).toEqual({ findings: [], unknown: [] });
  });

  it("leaves two buckets with one key told apart by where the key comes from", () => {
    const path = "rules.0.applyServerSideEncryptionByDefault.kmsMasterKeyId";
    const key = "urn:pulumi:test::project::aws:kms/key:Key::shared";
    const stack = ["main-encryption", "copy-encryption"].reduce(
      (all, name) =>
        withChanged(all, name, (one) => ({ ...changed(one, path, unknown), sources: { rules: [key] } })),
      awsBuckets(),
    );
    expect(judge("bucket-encrypted", stack).findings).toEqual([
      "bucket acme-copy shares its key with bucket acme-main",
    ]);
  });

  it("of a bucket's name leaves its companions found by where that comes from", () => {
    const stack = awsBuckets().map((one) => {
      const hidden = changed(one, "bucket", unknown);
      const of = one.name.startsWith("main") ? "main" : "copy";
      const urn = `urn:pulumi:test::project::aws:s3/bucket:Bucket::${of}`;
      return one.name === of ? hidden : { ...hidden, sources: { bucket: [urn] } };
    });
    for (const name of ["bucket-versioned", "bucket-private", "bucket-locked", "no-age-expiry"])
      expect(judge(name, stack), name).toEqual({ findings: [], unknown: [] });
  });

  it("of a Secret leaves the repositories not judged instead of missing", () => {
    const stack = broken("pgbackrest", "stringData.archive-offsite~conf", unknown);
    const result = judge("two-repositories", stack);
    expect(result.findings).toEqual([]);
    expect(result.unknown).toHaveLength(1);
  });

  it("in holdfast's own bucket is told for that bucket only", () => {
    const stack = [
      changed(holdfastBucket("one"), "versioning", unknown),
      changed(holdfastBucket("two"), "versioning", false),
    ];
    const result = judge("bucket-versioned", stack);
    expect(result.findings).toEqual(["bucket acme-two has no versioning"]);
    expect(result.unknown).toHaveLength(1);
  });
});
