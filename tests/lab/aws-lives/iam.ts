import type { Account, Made } from "../support/aws-account.ts";
import { fresh, type Lives, policyOf } from "./life.ts";

const trust = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { Service: "s3.amazonaws.com" }, Action: "sts:AssumeRole" }],
});

export const makeRole = (aws: Account): Promise<Made> =>
  aws.create("aws:iam/role:Role", { name: fresh("role"), assumeRolePolicy: trust });
export const makeUser = (aws: Account): Promise<Made> =>
  aws.create("aws:iam/user:User", { name: fresh("user") });

export const iamLives: Lives = [
  [
    "iam.Role",
    async () => ({
      type: "aws:iam/role:Role",
      inputs: { name: fresh("role"), assumeRolePolicy: trust, description: "one", maxSessionDuration: 7200 },
      changed: { description: "two", maxSessionDuration: 3600 },
      shows: ["description", "maxSessionDuration"],
      replaces: { path: "/deep/" },
      replacing: "path replaces",
    }),
  ],
  [
    "iam.RolePolicy",
    async (aws) => {
      const role = (await makeRole(aws)).id;
      return {
        type: "aws:iam/rolePolicy:RolePolicy",
        inputs: { name: "inline", role, policy: policyOf("s3:GetObject") },
        changed: { policy: policyOf("s3:PutObject") },
        shows: ["policy"],
        replaces: { name: "other" },
        replacing: "name replaces",
      };
    },
  ],
  [
    "iam.RolePolicyAttachment",
    async (aws) => {
      const role = (await makeRole(aws)).id;
      const policy = { name: fresh("policy"), policy: policyOf("s3:GetObject") };
      return {
        type: "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
        inputs: { role, policyArn: (await aws.create("aws:iam/policy:Policy", policy)).id },
        replaces: { role: "other" },
        replacing: "role replaces",
      };
    },
  ],
  [
    "iam.Policy",
    async () => ({
      type: "aws:iam/policy:Policy",
      inputs: {
        name: fresh("policy"),
        policy: policyOf("s3:GetObject"),
        description: "one",
        tags: { a: "1" },
      },
      changed: { policy: policyOf("s3:PutObject"), tags: { a: "2" } },
      shows: ["policy", "tags.a", "tagsAll.a"],
      replaces: { description: "two" },
      replacing: "description replaces",
    }),
  ],
  [
    "iam.User",
    async () => ({
      type: "aws:iam/user:User",
      inputs: { name: fresh("user") },
      changed: { tags: { a: "1" } },
      shows: ["tags", "tagsAll.a"],
      replaces: { name: "other" },
      replacing: "name replaces",
    }),
  ],
  [
    "iam.UserPolicy",
    async (aws) => ({
      type: "aws:iam/userPolicy:UserPolicy",
      inputs: {
        name: "inline",
        user: (await makeUser(aws)).id,
        policy: policyOf("s3:GetObject"),
      },
      changed: { policy: policyOf("s3:PutObject") },
      shows: ["policy"],
      replaces: { user: "other" },
      replacing: "user replaces",
    }),
  ],
  [
    "iam.UserPolicyAttachment",
    async (aws) => {
      const user = (await makeUser(aws)).id;
      const policy = { name: fresh("policy"), policy: policyOf("s3:GetObject") };
      return {
        type: "aws:iam/userPolicyAttachment:UserPolicyAttachment",
        inputs: { user, policyArn: (await aws.create("aws:iam/policy:Policy", policy)).id },
        replaces: { user: "other" },
        replacing: "user replaces",
      };
    },
  ],
  [
    "iam.OpenIdConnectProvider",
    async () => ({
      type: "aws:iam/openIdConnectProvider:OpenIdConnectProvider",
      inputs: {
        url: `https://${fresh("issuer")}.example.com/id`,
        clientIdLists: ["sts.amazonaws.com"],
        thumbprintLists: ["a".repeat(40)],
      },
      changed: { thumbprintLists: ["b".repeat(40)] },
      shows: ["thumbprintLists[0]"],
      replaces: { url: "https://other.example.com" },
      replacing: "url replaces",
    }),
  ],
];
