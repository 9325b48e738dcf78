// Stand-in for Pulumi's provider aws, on moto: the lab's alone.
import {
  AttachRolePolicyCommand,
  AttachUserPolicyCommand,
  DetachRolePolicyCommand,
  DetachUserPolicyCommand,
  ListAttachedRolePoliciesCommand,
  ListAttachedUserPoliciesCommand,
} from "@aws-sdk/client-iam";
import { ProviderError } from "../../../../provider/server/errors.ts";
import { defineAws } from "../define.ts";
import { unlessGone } from "../gone.ts";

interface RoleAttachment {
  readonly role: string;
  readonly policyArn: string;
}
interface UserAttachment {
  readonly user: string;
  readonly policyArn: string;
}

/** Ids are `holder/policy-arn`, as an import gives them. */
const split = (id: string): readonly [string, string] => [
  id.slice(0, id.indexOf("/")),
  id.slice(id.indexOf("/") + 1),
];
const noUpdate = async (): Promise<void> => {
  throw new ProviderError("an attachment has no input that can change in place");
};

export const rolePolicyAttachment = defineAws<RoleAttachment>({
  token: "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
  actsOn: ["role", "policyArn"],
  replaceOn: ["role", "policyArn"],
  async create({ role: RoleName, policyArn: PolicyArn }, aws) {
    await aws.iam().send(new AttachRolePolicyCommand({ RoleName, PolicyArn }));
    return `${RoleName}/${PolicyArn}`;
  },
  async read(id, aws) {
    const [role, policyArn] = split(id);
    const question = new ListAttachedRolePoliciesCommand({ RoleName: role });
    const found = await unlessGone(aws.iam().send(question));
    const isThere = found?.AttachedPolicies?.some(({ PolicyArn }) => PolicyArn === policyArn) === true;
    return isThere ? { inputs: { role, policyArn }, computed: {} } : undefined;
  },
  update: noUpdate,
  async delete(id, _inputs, aws) {
    const [RoleName, PolicyArn] = split(id);
    await unlessGone(aws.iam().send(new DetachRolePolicyCommand({ RoleName, PolicyArn })));
  },
});

export const userPolicyAttachment = defineAws<UserAttachment>({
  token: "aws:iam/userPolicyAttachment:UserPolicyAttachment",
  actsOn: ["user", "policyArn"],
  replaceOn: ["user", "policyArn"],
  async create({ user: UserName, policyArn: PolicyArn }, aws) {
    await aws.iam().send(new AttachUserPolicyCommand({ UserName, PolicyArn }));
    return `${UserName}/${PolicyArn}`;
  },
  async read(id, aws) {
    const [user, policyArn] = split(id);
    const question = new ListAttachedUserPoliciesCommand({ UserName: user });
    const found = await unlessGone(aws.iam().send(question));
    const isThere = found?.AttachedPolicies?.some(({ PolicyArn }) => PolicyArn === policyArn) === true;
    return isThere ? { inputs: { user, policyArn }, computed: {} } : undefined;
  },
  update: noUpdate,
  async delete(id, _inputs, aws) {
    const [UserName, PolicyArn] = split(id);
    await unlessGone(aws.iam().send(new DetachUserPolicyCommand({ UserName, PolicyArn })));
  },
});
