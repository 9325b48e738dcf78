// Stand-in for Pulumi's provider aws, on moto: the lab's alone.
import {
  CreateRoleCommand,
  DeleteRoleCommand,
  DeleteRolePermissionsBoundaryCommand,
  DeleteRolePolicyCommand,
  DetachRolePolicyCommand,
  GetRoleCommand,
  type IAMClient,
  ListAttachedRolePoliciesCommand,
  ListRolePoliciesCommand,
  ListRoleTagsCommand,
  PutRolePermissionsBoundaryCommand,
  TagRoleCommand,
  UntagRoleCommand,
  UpdateAssumeRolePolicyCommand,
  UpdateRoleCommand,
} from "@aws-sdk/client-iam";
import { defineAws } from "../define.ts";
import { unlessGone } from "../gone.ts";
import { fromTagList, type Tagged, tagChanges, toTagList } from "../tags.ts";
import { documentFrom } from "./document.ts";

interface Role extends Tagged {
  readonly name: string;
  readonly assumeRolePolicy: string;
  readonly description?: string | undefined;
  readonly forceDetachPolicies?: boolean;
  readonly maxSessionDuration?: number | undefined;
  readonly path?: string | undefined;
  readonly permissionsBoundary?: string | undefined;
}

export const role = defineAws<Role>({
  token: "aws:iam/role:Role",
  actsOn: [
    "name",
    "assumeRolePolicy",
    "description",
    "forceDetachPolicies",
    "maxSessionDuration",
    "path",
    "permissionsBoundary",
    "tags",
  ],
  replaceOn: ["name", "path"],
  autoName: { property: "name" },
  defaults: { path: "/", maxSessionDuration: 3600 },
  computed: ["arn", "uniqueId", "createDate"],

  async create(inputs, aws) {
    await aws.iam().send(
      new CreateRoleCommand({
        RoleName: inputs.name,
        AssumeRolePolicyDocument: inputs.assumeRolePolicy,
        Description: inputs.description,
        MaxSessionDuration: inputs.maxSessionDuration,
        Path: inputs.path,
        PermissionsBoundary: inputs.permissionsBoundary,
        Tags: toTagList(inputs.tagsAll),
      }),
    );
    return inputs.name;
  },

  async read(RoleName, aws) {
    const iam = aws.iam();
    const found = (await unlessGone(iam.send(new GetRoleCommand({ RoleName }))))?.Role;
    if (found === undefined) return undefined;
    const { Tags } = await iam.send(new ListRoleTagsCommand({ RoleName }));
    return {
      inputs: {
        name: RoleName,
        assumeRolePolicy: documentFrom(found.AssumeRolePolicyDocument),
        description: found.Description,
        maxSessionDuration: found.MaxSessionDuration,
        path: found.Path,
        permissionsBoundary: found.PermissionsBoundary?.PermissionsBoundaryArn,
        tagsAll: fromTagList(Tags as never),
      },
      computed: {
        arn: found.Arn,
        uniqueId: found.RoleId,
        createDate: found.CreateDate?.toISOString(),
      },
    };
  },

  async update(RoleName, inputs, old, aws) {
    const iam = aws.iam();
    const { assumeRolePolicy: PolicyDocument, description, maxSessionDuration, permissionsBoundary } = inputs;
    if (PolicyDocument !== old.inputs.assumeRolePolicy) {
      await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument }));
    }
    await iam.send(
      new UpdateRoleCommand({
        RoleName,
        Description: description ?? "",
        MaxSessionDuration: maxSessionDuration,
      }),
    );
    if (permissionsBoundary !== undefined) {
      await iam.send(
        new PutRolePermissionsBoundaryCommand({ RoleName, PermissionsBoundary: permissionsBoundary }),
      );
    } else if (old.inputs.permissionsBoundary !== undefined) {
      await iam.send(new DeleteRolePermissionsBoundaryCommand({ RoleName }));
    }
    const { set, removed } = tagChanges(old.inputs.tagsAll, inputs.tagsAll);
    if (set.length > 0) await iam.send(new TagRoleCommand({ RoleName, Tags: set }));
    if (removed.length > 0) await iam.send(new UntagRoleCommand({ RoleName, TagKeys: removed }));
  },

  async delete(RoleName, inputs, aws) {
    if (inputs.forceDetachPolicies === true) await detachAll(aws.iam(), RoleName);
    await unlessGone(aws.iam().send(new DeleteRoleCommand({ RoleName })));
  },
});

async function detachAll(iam: IAMClient, RoleName: string): Promise<void> {
  const attached = await unlessGone(iam.send(new ListAttachedRolePoliciesCommand({ RoleName })));
  for (const { PolicyArn } of attached?.AttachedPolicies ?? []) {
    await iam.send(new DetachRolePolicyCommand({ RoleName, PolicyArn }));
  }
  const inline = await unlessGone(iam.send(new ListRolePoliciesCommand({ RoleName })));
  for (const PolicyName of inline?.PolicyNames ?? []) {
    await iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName }));
  }
}
