import { holdfastBucket } from "../read/buckets.ts";
import { allowsAction, coversAction, statementsOf } from "../read/policy-document.ts";
import { at, textOf } from "../read/value.ts";
import { type Resource, type Rule, resourceRule } from "../rule.ts";

/** What shortens the life of a version, by any of the ways that S3 has for it. */
const destroying = [
  "s3:DeleteObjectVersion",
  "s3:BypassGovernanceRetention",
  "s3:PutBucketVersioning",
  "s3:PutLifecycleConfiguration",
  "s3:PutBucketObjectLockConfiguration",
  "s3:DeleteBucket",
] as const;

const identityPolicy = /^aws:iam\/\w+:(Policy|RolePolicy|UserPolicy|GroupPolicy)$/;
const attachment = /^aws:iam\/\w+:(Policy|RolePolicy|UserPolicy|GroupPolicy)Attachment$/;
const wideManaged = /\/(AmazonS3FullAccess|AdministratorAccess|PowerUserAccess)$/;

const writerKeepsVersions = resourceRule({
  name: "writer-keeps-versions",
  title: "Whoever writes backups can delete no version of them",
  severity: "critical",
  level: "mandatory",
  reason: "the writer's keys lie in the site that is attacked first",
  remediation:
    "give the writer PutObject, GetObject and ListBucket only; let the bucket's policy deny it s3:DeleteObjectVersion",
  covers: ({ type }) => type === holdfastBucket || identityPolicy.test(type) || attachment.test(type),
  *judge(resource) {
    if (identityPolicy.test(resource.type)) yield* judgeIdentity(resource);
    if (attachment.test(resource.type)) {
      const arn = textOf(at(resource.props, "policyArn")) ?? "";
      if (wideManaged.test(arn)) yield `attaches ${arn}, which may write and delete versions of every bucket`;
    }
    if (resource.type === holdfastBucket && at(resource.props, "objectLock") !== undefined) {
      const statements = statementsOf(at(resource.props, "policy")) ?? [];
      const denies = statements.some(
        (statement) => statement.effect === "Deny" && coversAction(statement, "s3:DeleteObjectVersion"),
      );
      if (!denies) yield "is locked, but its policy denies nobody s3:DeleteObjectVersion";
    }
  },
});

function* judgeIdentity({ props }: Resource): Generator<string> {
  const statements = statementsOf(at(props, "policy"));
  if (statements === undefined) {
    yield "has a policy that is no policy document";
    return;
  }
  if (!allowsAction(statements, "s3:PutObject")) return;
  const allowed = destroying.filter((action) => allowsAction(statements, action));
  if (allowed.length > 0) yield `lets a writer do ${allowed.join(", ")}`;
}

export const writerRules: readonly Rule[] = [writerKeepsVersions];
