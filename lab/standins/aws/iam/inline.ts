// Stand-in for Pulumi's provider aws, on moto: the lab's alone.
import {
  DeleteRolePolicyCommand,
  DeleteUserPolicyCommand,
  GetRolePolicyCommand,
  GetUserPolicyCommand,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
} from "@aws-sdk/client-iam";
import { defineAws } from "../define.ts";
import { unlessGone } from "../gone.ts";
import { documentFrom } from "./document.ts";

interface Inline {
  readonly name: string;
  readonly policy: string;
}
interface RolePolicy extends Inline {
  readonly role: string;
}
interface UserPolicy extends Inline {
  readonly user: string;
}

/** Ids are `holder:policy`. */
const split = (id: string): readonly [string, string] => {
  const [holder = "", name = ""] = id.split(":");
  return [holder, name];
};

export const rolePolicy = defineAws<RolePolicy>({
  token: "aws:iam/rolePolicy:RolePolicy",
  actsOn: ["name", "policy", "role"],
  replaceOn: ["name", "role"],
  autoName: { property: "name" },
  async create({ role, name, policy }, aws) {
    await aws
      .iam()
      .send(new PutRolePolicyCommand({ RoleName: role, PolicyName: name, PolicyDocument: policy }));
    return `${role}:${name}`;
  },
  async read(id, aws) {
    const [role, name] = split(id);
    const question = new GetRolePolicyCommand({ RoleName: role, PolicyName: name });
    const found = await unlessGone(aws.iam().send(question));
    if (found === undefined) return undefined;
    return { inputs: { role, name, policy: documentFrom(found.PolicyDocument) }, computed: {} };
  },
  async update(_id, { role, name, policy }, _old, aws) {
    await aws
      .iam()
      .send(new PutRolePolicyCommand({ RoleName: role, PolicyName: name, PolicyDocument: policy }));
  },
  async delete(id, _inputs, aws) {
    const [RoleName, PolicyName] = split(id);
    await unlessGone(aws.iam().send(new DeleteRolePolicyCommand({ RoleName, PolicyName })));
  },
});

export const userPolicy = defineAws<UserPolicy>({
  token: "aws:iam/userPolicy:UserPolicy",
  actsOn: ["name", "policy", "user"],
  replaceOn: ["name", "user"],
  autoName: { property: "name" },
  async create({ user, name, policy }, aws) {
    await aws
      .iam()
      .send(new PutUserPolicyCommand({ UserName: user, PolicyName: name, PolicyDocument: policy }));
    return `${user}:${name}`;
  },
  async read(id, aws) {
    const [user, name] = split(id);
    const question = new GetUserPolicyCommand({ UserName: user, PolicyName: name });
    const found = await unlessGone(aws.iam().send(question));
    if (found === undefined) return undefined;
    return { inputs: { user, name, policy: documentFrom(found.PolicyDocument) }, computed: {} };
  },
  async update(_id, { user, name, policy }, _old, aws) {
    await aws
      .iam()
      .send(new PutUserPolicyCommand({ UserName: user, PolicyName: name, PolicyDocument: policy }));
  },
  async delete(id, _inputs, aws) {
    const [UserName, PolicyName] = split(id);
    await unlessGone(aws.iam().send(new DeleteUserPolicyCommand({ UserName, PolicyName })));
  },
});
