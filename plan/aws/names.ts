import { type AwsIdentityName, awsIdentityNames } from "./types.ts";

/** What all documents of a place speak of. */
export interface AwsFacts {
  readonly partition: string;
  readonly accountId: string;
  readonly region: string;
  readonly namePrefix: string;
}

export function bucketArn({ partition }: Pick<AwsFacts, "partition">, bucket: string): string {
  return `arn:${partition}:s3:::${bucket}`;
}

export function accountArn({ partition, accountId }: Pick<AwsFacts, "partition" | "accountId">): string {
  return `arn:${partition}:iam::${accountId}:root`;
}

export function identityName({ namePrefix }: Pick<AwsFacts, "namePrefix">, identity: string): string {
  return `${namePrefix}-${identity}`;
}

/** Role and user of an identity: a pod may be either. */
export function identityArns(facts: AwsFacts, identity: AwsIdentityName): readonly string[] {
  const { partition, accountId } = facts;
  const name = identityName(facts, identity);
  return [
    `arn:${partition}:iam::${accountId}:role/${name}`,
    `arn:${partition}:iam::${accountId}:user/${name}`,
  ];
}

/** All that pods and operators hold: none of them may change a bucket's settings. */
export function everyIdentity(facts: AwsFacts): readonly string[] {
  return awsIdentityNames.flatMap((identity) => identityArns(facts, identity));
}

export function replicationRoleArn(facts: AwsFacts): string {
  return `arn:${facts.partition}:iam::${facts.accountId}:role/${identityName(facts, "replication")}`;
}

export function keyAlias({ namePrefix }: Pick<AwsFacts, "namePrefix">, place: "offsite" | "replica"): string {
  return `alias/${namePrefix}-${place}`;
}

/** Every key of the region: which one is said by its alias, for its id is known only when it is there. */
export function anyKeyArn({ partition, region, accountId }: Omit<AwsFacts, "namePrefix">): string {
  return `arn:${partition}:kms:${region}:${accountId}:key/*`;
}
