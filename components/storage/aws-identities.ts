import { Role } from "@pulumi/aws/iam/role.js";
import { RolePolicy } from "@pulumi/aws/iam/rolePolicy.js";
import { User } from "@pulumi/aws/iam/user.js";
import { UserPolicy } from "@pulumi/aws/iam/userPolicy.js";
import { ComponentResource, type ComponentResourceOptions, type Output } from "@pulumi/pulumi";
import type { AwsIdentityPlan, AwsReplicaPlan } from "../../plan/aws/types.ts";
import { childOpts } from "../child-opts.ts";

export interface AwsIdentitiesArgs {
  readonly plan: readonly AwsIdentityPlan[];
}

/** Seconds for which a role that was taken holds: IAM's default. */
const sessionSeconds = 3600;

/** Who may do what, as roles and as users, with the same policy each. No key is made here: it would end in state. */
export class AwsIdentities extends ComponentResource {
  constructor(name: string, { plan }: AwsIdentitiesArgs, opts: ComponentResourceOptions) {
    super("holdfast:storage:AwsIdentities", name, {}, opts);
    for (const identity of plan) {
      this.makeRole(identity);
      this.makeUser(identity);
    }
    this.registerOutputs({});
  }

  private makeRole({ identity, name, purpose, policy, trust }: AwsIdentityPlan): void {
    if (trust === null) return;
    const role = new Role(
      `${identity}-role`,
      { name, description: purpose, assumeRolePolicy: trust, maxSessionDuration: sessionSeconds },
      childOpts(this),
    );
    new RolePolicy(`${identity}-role-policy`, { name, role: role.name, policy }, childOpts(this));
  }

  private makeUser({ identity, name, policy, user }: AwsIdentityPlan): void {
    if (!user) return;
    const made = new User(`${identity}-user`, { name }, childOpts(this));
    new UserPolicy(`${identity}-user-policy`, { name, user: made.name, policy }, childOpts(this));
  }
}

/** The role that S3 takes to copy. */
export function makeReplicationRole(
  parent: ComponentResource,
  { name, policy, trust }: AwsReplicaPlan["role"],
): { readonly arn: Output<string>; readonly policy: RolePolicy } {
  const role = new Role(
    "replication-role",
    { name, description: "copies the locked buckets to the replica", assumeRolePolicy: trust },
    childOpts(parent),
  );
  const rolePolicy = new RolePolicy(
    "replication-role-policy",
    { name, role: role.name, policy },
    childOpts(parent),
  );
  return { arn: role.arn, policy: rolePolicy };
}
