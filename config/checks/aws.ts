import type { OffsiteConfig, Partly } from "../schema.ts";
import { type Findings, gather, nothing, problem, warning } from "./findings.ts";

const longestBucketName = 63;

/** What Amazon would refuse in the middle of an `up`, or take and leave the copy where the loss is. */
export function checkAws({ offsite, traffic }: Partly<OffsiteConfig>): Findings {
  if (offsite?.implementation !== "aws") return nothing;
  const { accountId, identities, logging, replica } = offsite;
  const findings: Findings[] = [];
  if (replica?.region !== undefined && replica.region === offsite.region) {
    findings.push(
      problem({
        path: "offsite.replica.region",
        what: "is the region of the buckets themselves: one loss takes both",
        got: replica.region,
        allowed: "another region",
      }),
    );
  }
  if (accountId !== undefined && replica?.accountId === accountId) {
    findings.push(
      warning({
        path: "offsite.replica.accountId",
        what: "is the account of the buckets themselves: whoever takes it has the copy too",
        got: accountId,
        allowed: "another account",
      }),
    );
  }
  if (replica?.roleArn !== undefined && replica.accountId !== undefined) {
    if (!replica.roleArn.includes(`::${replica.accountId}:`)) {
      findings.push(
        problem({
          path: "offsite.replica.roleArn",
          what: "is a role of another account than offsite.replica.accountId",
          got: replica.roleArn,
          allowed: `a role of ${replica.accountId}`,
        }),
      );
    }
  }
  for (const [path, arns, account] of [
    ["offsite.kms.administrators", offsite.kms?.administrators, accountId],
    ["offsite.replica.administrators", replica?.administrators, replica?.accountId],
  ] as const) {
    if (arns === undefined || account === undefined) continue;
    if (arns.some((arn) => arn?.includes(`::${account}:`))) continue;
    findings.push(
      problem({
        path,
        what: "names nobody of the key's own account: KMS refuses a policy that shuts its maker out",
        got: JSON.stringify(arns),
        allowed: `among others an ARN of ${account}, the role that runs pulumi up`,
      }),
    );
  }
  if (identities?.users === false && identities.clusters?.length === 0) {
    findings.push(
      problem({
        path: "offsite.identities",
        what: "gives the sites' pods neither users nor roles: nothing could archive",
        allowed: "users: true, or clusters with their OIDC providers",
      }),
    );
  }
  for (const [index, cluster] of (identities?.clusters ?? []).entries()) {
    const arn = cluster?.oidcProvider;
    if (arn === undefined || accountId === undefined || arn.includes(`::${accountId}:`)) continue;
    findings.push(
      problem({
        path: `offsite.identities.clusters[${index}].oidcProvider`,
        what: "is of another account: a role trusts the OIDC providers of its own",
        got: arn,
        allowed: `a provider of ${accountId}, made for the cluster's issuer`,
      }),
    );
  }
  const taken = new Map<string, string>();
  for (const key of ["bucket", "controlBucket", "recordsBucket", "documentsBucket"] as const) {
    const name = offsite[key];
    if (name === undefined) continue;
    taken.set(name, `offsite.${key}`);
    const whole = name.length + (replica?.suffix?.length ?? 0);
    if (key === "controlBucket" || whole <= longestBucketName) continue;
    findings.push(
      problem({
        path: `offsite.${key}`,
        what: "is too long for its replica's name, which has offsite.replica.suffix after it",
        got: name,
        allowed: `at most ${longestBucketName - (replica?.suffix?.length ?? 0)} characters`,
      }),
    );
  }
  const other = logging?.bucket === undefined ? undefined : taken.get(logging.bucket);
  if (other !== undefined) {
    findings.push(
      problem({
        path: "offsite.logging.bucket",
        what: `is ${other} too: a bucket that logs into itself never ends`,
        got: logging?.bucket ?? "",
        allowed: "a bucket of its own",
      }),
    );
  }
  if (traffic?.implementation === "route53" && accountId !== undefined && traffic.accountId !== undefined) {
    if (traffic.accountId !== accountId) {
      findings.push(
        problem({
          path: "traffic.accountId",
          what: "is not offsite.accountId: this stack has one AWS provider, for buckets and fixed records",
          got: traffic.accountId,
          allowed: accountId,
          hint: "leave traffic.records to the zone's owner, or keep the zone in the third place's account",
        }),
      );
    }
  }
  return gather(findings);
}
