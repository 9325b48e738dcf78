import { type Bucket, bucketLabel, bucketsOf, companionsOf, isBucket } from "../read/buckets.ts";
import { coversAction, type Statement } from "../read/policy-document.ts";
import { at, each, textOf } from "../read/value.ts";
import { type Finding, type Resource, type Rule, stackRule } from "../rule.ts";

function* eachBucket(
  resources: readonly Resource[],
  judge: (bucket: Bucket) => Iterable<string>,
): Generator<Finding> {
  yield* each(bucketsOf(resources), function* (bucket) {
    for (const message of judge(bucket))
      yield { message: `${bucketLabel(bucket)} ${message}`, at: bucket.resource };
  });
}

const bucketVersioned = stackRule({
  name: "bucket-versioned",
  title: "A bucket keeps the versions of its objects",
  severity: "critical",
  level: "mandatory",
  reason: "a deleted or overwritten backup can be brought back only from a version",
  remediation: "set `versioning: true` (holdfast), or add a BucketVersioning with status Enabled (AWS)",
  covers: isBucket,
  *judge(resources) {
    yield* eachBucket(resources, function* (bucket) {
      if (!bucket.isVersioned()) yield "has no versioning";
    });
  },
});

const bucketEncrypted = stackRule({
  name: "bucket-encrypted",
  title: "A bucket is encrypted by default, on AWS with a key of its own",
  severity: "high",
  level: "mandatory",
  reason:
    "the account's shared key can neither be refused to an identity nor be withdrawn from one bucket without the others",
  remediation:
    "set `defaultEncryption: AES256` (holdfast), or SSE aws:kms with a key that no other bucket uses (AWS)",
  covers: isBucket,
  *judge(resources) {
    const users = new Map<string, string>();
    yield* eachBucket(resources, function* (bucket) {
      const encryption = bucket.encryption();
      if (encryption === undefined) {
        yield "is not encrypted by default";
        return;
      }
      if (bucket.store !== "aws") return;
      const { algorithm, hasKey, key, sources } = encryption;
      if (!algorithm.startsWith("aws:kms")) {
        yield `is encrypted with ${algorithm}, not with a key in KMS`;
      } else if (!hasKey || key === "alias/aws/s3") {
        yield "is encrypted with the account's shared key, not with one of its own";
      } else {
        // Before a first up the key has no identifier yet; the resource it comes from tells one from another.
        const identities = key === undefined ? sources.filter((urn) => urn.includes("aws:kms/")) : [key];
        for (const identity of identities) {
          const other = users.get(identity);
          if (other !== undefined) yield `shares its key with ${other}`;
          users.set(identity, bucketLabel(bucket));
        }
      }
    });
  },
});

const blocks = ["blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"] as const;

const bucketPrivate = stackRule({
  name: "bucket-private",
  title: "A bucket is open to nobody outside",
  severity: "critical",
  level: "mandatory",
  reason: "a backup holds the whole of the business's data",
  remediation:
    "add a BucketPublicAccessBlock with all four settings (AWS), and name principals in the policy",
  covers: isBucket,
  *judge(resources) {
    yield* eachBucket(resources, function* (bucket) {
      if (bucket.store === "aws") {
        const [block] = companionsOf(bucket.resource, resources, "BucketPublicAccessBlock");
        if (block === undefined) yield "has no public access block";
        else
          for (const setting of blocks)
            if (at(block.props, setting) !== true) yield `does not set ${setting}`;
        const acls = [bucket.resource, ...companionsOf(bucket.resource, resources, "BucketAcl")];
        for (const { props } of acls) {
          const acl = textOf(at(props, "acl"));
          if (acl?.startsWith("public-") || acl === "authenticated-read") yield `has the ACL ${acl}`;
        }
      }
      if (bucket.statements().some(isOpen)) yield "lets anybody in by its policy";
    });
  },
});

function isOpen({ effect, principals, conditions }: Statement): boolean {
  return effect === "Allow" && principals.includes("*") && conditions.length === 0;
}

const bucketTlsOnly = stackRule({
  name: "bucket-tls-only",
  title: "A bucket is reached by TLS only",
  severity: "high",
  level: "mandatory",
  reason: "without TLS the signatures protect no content, and an answer may be anybody's",
  remediation:
    "deny s3:* where aws:SecureTransport is false, for the bucket and its objects (AWS); give the store an https endpoint (holdfast)",
  covers: isBucket,
  *judge(resources) {
    yield* eachBucket(resources, function* (bucket) {
      if (bucket.store === "holdfast") {
        const endpoint = textOf(at(bucket.resource.provider?.props, "s3", "endpoint"));
        if (endpoint === undefined) yield "has a provider without an S3 endpoint";
        else if (!endpoint.startsWith("https://")) yield `is reached at ${endpoint}`;
        return;
      }
      const denies = bucket.statements().filter(deniesPlainHttp);
      if (denies.length === 0) yield "has no policy that denies requests without TLS";
      else if (!denies.some(({ resources: held }) => held.some((arn) => arn.endsWith("/*") || arn === "*")))
        yield "denies requests without TLS for itself, but not for its objects";
    });
  },
});

function deniesPlainHttp(statement: Statement): boolean {
  return (
    statement.effect === "Deny" &&
    statement.principals.includes("*") &&
    coversAction(statement, "s3:GetObject") &&
    coversAction(statement, "s3:PutObject") &&
    statement.conditions.length === 1 &&
    statement.conditions.some(
      ({ operator, key, values }) =>
        operator === "Bool" && key.toLowerCase() === "aws:securetransport" && values.includes("false"),
    )
  );
}

const bucketLocked = stackRule({
  name: "bucket-locked",
  title: "A bucket locks every new object for some days",
  severity: "critical",
  level: "mandatory",
  reason: "whoever takes over an account deletes its backups first; a lock keeps them from everybody",
  remediation:
    "set `objectLock` (holdfast), or objectLockEnabled and a BucketObjectLockConfiguration with a default retention (AWS)",
  covers: isBucket,
  *judge(resources) {
    yield* eachBucket(resources, function* (bucket) {
      const lock = bucket.lock();
      if (lock === undefined) yield "has no default retention by object lock";
      else if ((lock.days ?? 0) < 1) yield "has an object lock without days";
      else if (bucket.store === "aws" && at(bucket.resource.props, "objectLockEnabled") !== true) {
        yield "has a retention, but objectLockEnabled is not set";
      }
    });
  },
});

export const bucketProtectionRules: readonly Rule[] = [
  bucketVersioned,
  bucketEncrypted,
  bucketPrivate,
  bucketTlsOnly,
  bucketLocked,
];
