import { type Bucket, bucketLabel, bucketsOf, companionsOf, isBucket } from "../read/buckets.ts";
import { at, each, ifKnown, isGiven, listOf, textOf } from "../read/value.ts";
import { type Finding, type Resource, type Rule, stackRule } from "../rule.ts";

interface Destination {
  readonly rule: unknown;
  readonly bucket: Bucket | undefined;
}

const replicaElsewhere = stackRule({
  name: "replica-elsewhere",
  title: "A bucket has a replica in another region and another account",
  severity: "high",
  level: "mandatory",
  reason: "a region can be lost, and whoever owns an account can empty all of it",
  remediation:
    "add a BucketReplicationConfig to a bucket of another region whose owner is another account (destination.account, accessControlTranslation)",
  covers: (resource) => isBucket(resource) && resource.type.startsWith("aws:"),
  *judge(resources): Generator<Finding> {
    const buckets = bucketsOf(resources).filter(({ store }) => store === "aws");
    const replicated = buckets.map((bucket) => ({
      bucket,
      destinations: destinationsOf(bucket, buckets, resources),
    }));
    const replicas = new Set(
      replicated.flatMap(({ destinations }) => destinations.map(({ bucket }) => bucket)),
    );
    yield* each(replicated, function* ({ bucket, destinations }) {
      if (replicas.has(bucket)) return;
      const finding = (message: string): Finding => ({
        message: `${bucketLabel(bucket)} ${message}`,
        at: bucket.resource,
      });
      if (destinations.length === 0) yield finding("has no replica");
      for (const destination of destinations)
        for (const message of judgeDestination(bucket, destination)) yield finding(message);
    });
  },
});

function* judgeDestination(source: Bucket, { rule, bucket }: Destination): Generator<string> {
  const account = at(rule, "destination", "account");
  if (!isGiven(() => account))
    yield "has a replica whose objects stay the source account's (destination.account)";
  else if (account === accountOf(source)) yield `has its replica in the same account ${String(account)}`;
  else if (textOf(at(rule, "destination", "accessControlTranslation", "owner")) !== "Destination")
    yield "has a replica whose objects the source account goes on owning (accessControlTranslation)";
  if (bucket === undefined) return;
  const [from, to] = [regionOf(source), regionOf(bucket)];
  if (from !== undefined && from === to) yield `has its replica in the same region ${from}`;
}

function destinationsOf(
  bucket: Bucket,
  buckets: readonly Bucket[],
  resources: readonly Resource[],
): readonly Destination[] {
  return companionsOf(bucket.resource, resources, "BucketReplicationConfig").flatMap(({ props, sources }) =>
    listOf(at(props, "rules"))
      .filter((rule) => at(rule, "status") === "Enabled")
      .map((rule): Destination => {
        const arn = ifKnown(() => textOf(at(rule, "destination", "bucket")));
        const found = buckets.find(
          ({ resource }) =>
            resource !== bucket.resource &&
            (sources.rules?.includes(resource.urn) === true ||
              (arn !== undefined &&
                arn === `arn:aws:s3:::${String(ifKnown(() => at(resource.props, "bucket")))}`)),
        );
        return { rule, bucket: found };
      }),
  );
}

function regionOf({ resource }: Bucket): string | undefined {
  return ifKnown(
    () => textOf(at(resource.props, "region")) ?? textOf(at(resource.provider?.props, "region")),
  );
}

/** The account that the bucket's provider may act in, where it says so. */
function accountOf({ resource }: Bucket): string | undefined {
  return ifKnown(() => {
    const allowed = listOf(json(at(resource.provider?.props, "allowedAccountIds")));
    const roles = listOf(json(at(resource.provider?.props, "assumeRoles")));
    const role = textOf(at(roles[0], "roleArn"));
    return textOf(allowed[0]) ?? role?.split(":")[4];
  });
}

/** A provider's settings that are no plain text reach the engine as JSON. */
function json(value: unknown): unknown {
  if (typeof value !== "string") return value;
  try {
    return JSON.parse(value);
  } catch {
    // Plain text after all.
    return value;
  }
}

export const replicaRules: readonly Rule[] = [replicaElsewhere];
