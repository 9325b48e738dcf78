import type { Resource } from "../rule.ts";
import { type Statement, statementsOf } from "./policy-document.ts";
import { at, ifKnown, isGiven, listOf, numberOf, textOf } from "./value.ts";

/**
 * A bucket with what a stack says of it, whichever resources say so: holdfast's own Bucket has every setting,
 * an AWS one has a companion for each. Read when asked: what is unknown then throws.
 */
export interface Bucket {
  readonly resource: Resource;
  readonly store: "holdfast" | "aws";
  readonly isVersioned: () => boolean;
  readonly encryption: () => Encryption | undefined;
  /** Statements of its policy; empty without one. */
  readonly statements: () => readonly Statement[];
  readonly lock: () => Lock | undefined;
  readonly lifecycle: () => readonly LifecycleRule[];
}

export interface Encryption {
  readonly algorithm: string;
  readonly hasKey: boolean;
  /** Its identifier, where known now. */
  readonly key: string | undefined;
  /** Resources that the setting's values come from, a key among them. */
  readonly sources: readonly string[];
}

export interface Lock {
  readonly mode: string | undefined;
  readonly days: number | undefined;
}

export interface LifecycleRule {
  readonly id: string;
  readonly prefix: string;
  /** Removes current objects by age. */
  readonly expiresCurrent: boolean;
  readonly noncurrentDays: number | undefined;
}

export const holdfastBucket = "holdfast:index:Bucket";
const awsBucket = /^aws:s3\/bucket(V2)?:Bucket(V2)?$/;

export function isBucket({ type }: Resource): boolean {
  return type === holdfastBucket || awsBucket.test(type);
}

export function bucketsOf(resources: readonly Resource[]): readonly Bucket[] {
  return resources.flatMap((resource): Bucket[] => {
    if (resource.type === holdfastBucket) return [readHoldfast(resource)];
    return awsBucket.test(resource.type) ? [readAws(resource, resources)] : [];
  });
}

function readHoldfast(resource: Resource): Bucket {
  const { props } = resource;
  return {
    resource,
    store: "holdfast",
    isVersioned: () => at(props, "versioning") === true,
    encryption: () => {
      const algorithm = textOf(at(props, "defaultEncryption")) ?? "none";
      return algorithm === "none" ? undefined : { algorithm, hasKey: false, key: undefined, sources: [] };
    },
    statements: () => statementsOf(at(props, "policy")) ?? [],
    lock: () => {
      const lock = at(props, "objectLock");
      return lock === undefined ? undefined : readRetention(lock);
    },
    lifecycle: () => {
      const lifecycle = at(props, "lifecycle");
      if (lifecycle === undefined) return [];
      const noncurrentDays = numberOf(at(lifecycle, "noncurrentDays"));
      const prefix = textOf(at(lifecycle, "prefix")) ?? "";
      return [{ id: "lifecycle", prefix, expiresCurrent: false, noncurrentDays }];
    },
  };
}

function readAws(resource: Resource, resources: readonly Resource[]): Bucket {
  const { props } = resource;
  const companion = (kind: string): Resource | undefined => companionsOf(resource, resources, kind)[0];
  return {
    resource,
    store: "aws",
    isVersioned: () => {
      const own = companion("BucketVersioning");
      if (own !== undefined) return at(own.props, "versioningConfiguration", "status") === "Enabled";
      return at(props, "versioning", "enabled") === true;
    },
    encryption: () => {
      const own = companion("BucketServerSideEncryptionConfiguration");
      const settings =
        own === undefined
          ? at(props, "serverSideEncryptionConfiguration", "rule")
          : listOf(at(own.props, "rules"))[0];
      const sources = own?.sources.rules ?? resource.sources.serverSideEncryptionConfiguration ?? [];
      return readEncryption(at(settings, "applyServerSideEncryptionByDefault"), sources);
    },
    statements: () =>
      companionsOf(resource, resources, "BucketPolicy").flatMap(
        (policy) => statementsOf(at(policy.props, "policy")) ?? [],
      ),
    lock: () => {
      const retention =
        at(companion("BucketObjectLockConfiguration")?.props, "rule", "defaultRetention") ??
        at(props, "objectLockConfiguration", "rule", "defaultRetention");
      return retention === undefined ? undefined : readRetention(retention);
    },
    lifecycle: () => {
      const own = companionsOf(resource, resources, "BucketLifecycleConfiguration");
      const rules = own.flatMap((one) => listOf(at(one.props, "rules")));
      return [...rules, ...listOf(at(props, "lifecycleRules"))].filter(isEnabled).map(readLifecycleRule);
    },
  };
}

/** Resources of a kind that name the bucket, by where their `bucket` comes from or by its name. */
export function companionsOf(
  bucket: Resource,
  resources: readonly Resource[],
  kind: string,
): readonly Resource[] {
  const type = new RegExp(`^aws:s3/\\w+:${kind}(V2)?$`);
  const name = ifKnown(() => textOf(at(bucket.props, "bucket")));
  return resources.filter((resource) => {
    if (!type.test(resource.type)) return false;
    if (resource.sources.bucket?.includes(bucket.urn) === true) return true;
    const target = ifKnown(() => textOf(at(resource.props, "bucket")));
    return target !== undefined && target === name;
  });
}

function readEncryption(settings: unknown, sources: readonly string[]): Encryption | undefined {
  const algorithm = textOf(at(settings, "sseAlgorithm"));
  if (algorithm === undefined) return undefined;
  return {
    algorithm,
    hasKey: isGiven(() => at(settings, "kmsMasterKeyId")),
    key: ifKnown(() => textOf(at(settings, "kmsMasterKeyId"))),
    sources,
  };
}

function readRetention(retention: unknown): Lock {
  const years = numberOf(at(retention, "years"));
  const days = numberOf(at(retention, "days")) ?? (years === undefined ? undefined : years * 365);
  return { mode: textOf(at(retention, "mode")), days };
}

function isEnabled(rule: unknown): boolean {
  return at(rule, "status") === "Enabled" || at(rule, "enabled") === true;
}

function readLifecycleRule(rule: unknown, index: number): LifecycleRule {
  const noncurrent = at(rule, "noncurrentVersionExpiration");
  return {
    id: textOf(at(rule, "id")) ?? `rule ${index + 1}`,
    prefix:
      textOf(at(rule, "filter", "prefix")) ??
      textOf(at(rule, "filter", "and", "prefix")) ??
      textOf(at(rule, "prefix")) ??
      "",
    expiresCurrent:
      (numberOf(at(rule, "expiration", "days")) ?? 0) > 0 || isGiven(() => at(rule, "expiration", "date")),
    noncurrentDays: numberOf(at(noncurrent, "noncurrentDays")) ?? numberOf(at(noncurrent, "days")),
  };
}

export function bucketLabel({ resource }: Bucket): string {
  const name = ifKnown(() => textOf(at(resource.props, "name")) ?? textOf(at(resource.props, "bucket")));
  return `bucket ${name ?? resource.name}`;
}
