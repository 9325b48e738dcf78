// Judges each identity by a simulator of IAM that is not ours: what it must be able to do, and what it must not, by its
// own policy, the bucket's and the key's together. Does not show that AWS judges alike: docs/proof-limits.md.
import {
  loadPolicy,
  validateIdentityPolicy,
  validateResourcePolicy,
  validateTrustPolicy,
} from "@cloud-copilot/iam-policy";
import { runSimulation } from "@cloud-copilot/iam-simulate";
import { describe, expect, it } from "vitest";
import type { AwsIdentityName, AwsStoragePlan } from "../../plan/aws/types.ts";
import { planOffsite } from "../../plan/index.ts";
import { loadFile } from "../config/stack-files.ts";

const account = "111111111111";
const replicaAccount = "222222222222";
const { config } = loadFile("examples/aws-route53", "offsite");
if (config.kind !== "offsite") throw new Error("not the third place's");
const aws = planOffsite(config).aws as AwsStoragePlan;

const buckets = {
  repository: "example-holdfast-repository",
  control: "example-holdfast-control",
  records: "example-holdfast-records",
  documents: "example-holdfast-documents",
  logs: "example-holdfast-logs",
} as const;
type BucketName = keyof typeof buckets;

const overTls = { "aws:SecureTransport": "true", "s3:TlsVersion": "1.3" };

interface Request {
  readonly principal: string;
  readonly policy: string | null;
  readonly action: string;
  readonly resource: string;
  readonly owner?: string;
  readonly resourcePolicy?: string;
  readonly context?: Readonly<Record<string, string | string[]>>;
}

async function judge(request: Request): Promise<"Allowed" | "ExplicitlyDenied" | "ImplicitlyDenied"> {
  const { principal, policy, action, resource, owner = account, resourcePolicy, context = {} } = request;
  const answer = await runSimulation(
    {
      request: {
        principal,
        action,
        resource: { resource, accountId: owner },
        contextVariables: { "aws:PrincipalArn": principal, ...context },
      },
      identityPolicies: policy === null ? [] : [{ name: "own", policy: JSON.parse(policy) }],
      serviceControlPolicies: [],
      resourceControlPolicies: [],
      ...(resourcePolicy === undefined ? {} : { resourcePolicy: JSON.parse(resourcePolicy) }),
    },
    {},
  );
  if (answer.resultType === "error") throw new Error(JSON.stringify(answer.errors));
  return answer.overallResult as "Allowed" | "ExplicitlyDenied" | "ImplicitlyDenied";
}

function planOf(bucket: BucketName) {
  const found = [...aws.buckets, aws.logs].find(({ bucketName }) => bucketName === buckets[bucket]);
  if (found === undefined) throw new Error(`no bucket ${bucket}`);
  return found;
}

function policyOf(identity: AwsIdentityName): string {
  const found = aws.identities.find((one) => one.identity === identity);
  if (found === undefined) throw new Error(`no identity ${identity}`);
  return found.policy;
}

/** On the bucket itself, or on an object of it; by the role and by the user, which must be judged alike. */
async function may(
  identity: AwsIdentityName,
  action: string,
  bucket: BucketName,
  at: "bucket" | "object",
  context: Readonly<Record<string, string>> = overTls,
  policy: string = policyOf(identity),
): Promise<string> {
  const arn = `arn:aws:s3:::${buckets[bucket]}`;
  const kinds = identity === "keeper" ? ["role"] : ["role", "user"];
  const answers = await Promise.all(
    kinds.map((kind) =>
      judge({
        principal: `arn:aws:iam::${account}:${kind}/example-holdfast-${identity}`,
        policy,
        action,
        resource: at === "bucket" ? arn : `${arn}/epochs/1/backup/main/backup.info`,
        resourcePolicy: planOf(bucket).policy,
        context,
      }),
    ),
  );
  expect(new Set(answers).size, `${identity} ${action}: ${answers.join(", ")}`).toBe(1);
  return answers[0] ?? "";
}

const bucketActions = new Set([
  "s3:ListBucket",
  "s3:ListBucketVersions",
  "s3:GetBucketVersioning",
  "s3:GetBucketObjectLockConfiguration",
  "s3:GetLifecycleConfiguration",
  "s3:PutBucketVersioning",
  "s3:PutLifecycleConfiguration",
  "s3:PutBucketObjectLockConfiguration",
  "s3:PutBucketPolicy",
  "s3:DeleteBucketPolicy",
  "s3:DeleteBucket",
  "s3:PutEncryptionConfiguration",
  "s3:PutReplicationConfiguration",
  "s3:PutBucketLogging",
  "s3:PutBucketPublicAccessBlock",
]);
const at = (action: string) => (bucketActions.has(action) ? "bucket" : "object");

const must: Readonly<Record<AwsIdentityName, Partial<Readonly<Record<BucketName, readonly string[]>>>>> = {
  writer: {
    repository: [
      "s3:ListBucket",
      "s3:GetObject",
      "s3:PutObject",
      "s3:DeleteObject",
      "s3:AbortMultipartUpload",
    ],
    control: ["s3:ListBucket", "s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
  },
  reader: {
    repository: [
      "s3:ListBucket",
      "s3:ListBucketVersions",
      "s3:GetObject",
      "s3:GetObjectVersion",
      "s3:GetBucketVersioning",
      "s3:GetBucketObjectLockConfiguration",
      "s3:GetLifecycleConfiguration",
    ],
    control: ["s3:ListBucket", "s3:GetObject"],
    records: ["s3:ListBucket", "s3:GetObject"],
    documents: ["s3:ListBucket", "s3:GetObject", "s3:GetObjectVersion"],
  },
  recorder: { records: ["s3:PutObject"] },
  documents: { documents: ["s3:ListBucket", "s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload"] },
  keeper: {
    repository: ["s3:ListBucketVersions", "s3:DeleteObjectVersion", "s3:DeleteObject"],
    documents: ["s3:ListBucketVersions", "s3:DeleteObjectVersion"],
  },
};

/** What nobody of ours may do to any bucket that has to survive. */
const never = [
  "s3:BypassGovernanceRetention",
  "s3:DeleteBucket",
  "s3:DeleteBucketPolicy",
  "s3:PutBucketLogging",
  "s3:PutBucketObjectLockConfiguration",
  "s3:PutBucketPolicy",
  "s3:PutBucketPublicAccessBlock",
  "s3:PutBucketVersioning",
  "s3:PutEncryptionConfiguration",
  "s3:PutLifecycleConfiguration",
  "s3:PutObjectLegalHold",
  "s3:PutObjectRetention",
  "s3:PutReplicationConfiguration",
];
const identities = ["writer", "reader", "recorder", "documents", "keeper"] as const;
const locked = ["repository", "records", "documents"] as const;

const mustCases = identities.flatMap((identity) =>
  Object.entries(must[identity]).flatMap(([bucket, actions]) =>
    actions.map((action) => [identity, action, bucket as BucketName] as const),
  ),
);

describe("identities at AWS", () => {
  it.each(mustCases)("%s may %s on %s", async (identity, action, bucket) => {
    expect(await may(identity, action, bucket, at(action))).toBe("Allowed");
  });

  it.each(identities)(
    "%s changes no setting and no retention of what is locked, by any of the ways",
    async (identity) => {
      for (const bucket of locked)
        for (const action of never)
          expect(await may(identity, action, bucket, at(action)), `${action} on ${bucket}`).not.toBe(
            "Allowed",
          );
    },
  );

  /** Without the bucket's word, so that a right too many cannot hide behind its denial. */
  it.each(identities)("%s has no right of its own to any of it", async (identity) => {
    const denied = identity === "keeper" ? never : [...never, "s3:DeleteObjectVersion"];
    for (const bucket of Object.values(buckets))
      for (const action of denied) {
        const arn = `arn:aws:s3:::${bucket}`;
        const resource = at(action) === "bucket" ? arn : `${arn}/x`;
        const principal = `arn:aws:iam::${account}:role/example-holdfast-${identity}`;
        const answer = await judge({
          principal,
          policy: policyOf(identity),
          action,
          resource,
          context: overTls,
        });
        expect(answer, `${action} on ${bucket}`).toBe("ImplicitlyDenied");
      }
  });

  /** The bucket's word is the last: a policy of all rights, attached by mistake, still shortens no version's life. */
  it.each(identities)(
    "%s is denied it by the bucket too, whatever else is attached to it",
    async (identity) => {
      const all = JSON.stringify({
        Version: "2012-10-17",
        Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }],
      });
      const denied = identity === "keeper" ? never : [...never, "s3:DeleteObjectVersion"];
      for (const bucket of locked)
        for (const action of denied)
          expect(
            await may(identity, action, bucket, at(action), overTls, all),
            `${action} on ${bucket}`,
          ).toBe("ExplicitlyDenied");
    },
  );

  it("no administrator of the account deletes a version either, nor sets a retention", async () => {
    const everything = JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }],
    });
    for (const action of ["s3:DeleteObjectVersion", "s3:PutObjectRetention", "s3:BypassGovernanceRetention"])
      expect(
        await judge({
          principal: `arn:aws:iam::${account}:role/administrator`,
          policy: everything,
          action,
          resource: `arn:aws:s3:::${buckets.repository}/x`,
          resourcePolicy: planOf("repository").policy,
          context: overTls,
        }),
        action,
      ).toBe("ExplicitlyDenied");
  });

  it.each([
    ["reader", ["s3:PutObject", "s3:DeleteObject", "s3:DeleteObjectVersion", "s3:AbortMultipartUpload"]],
    ["writer", ["s3:DeleteObjectVersion"]],
    ["recorder", ["s3:DeleteObject", "s3:DeleteObjectVersion"]],
    ["documents", ["s3:DeleteObject", "s3:DeleteObjectVersion"]],
    ["keeper", ["s3:PutObject", "s3:GetObject", "s3:GetObjectVersion"]],
  ] as const)("%s has no right to %j anywhere", async (identity, actions) => {
    for (const bucket of ["repository", "control", "records", "documents"] as const)
      for (const action of actions)
        expect(await may(identity, action, bucket, "object"), `${action} on ${bucket}`).not.toBe("Allowed");
  });

  it.each([
    ["writer", ["records", "documents"]],
    ["recorder", ["repository", "control", "documents"]],
    ["documents", ["repository", "control", "records"]],
    ["keeper", ["control"]],
  ] as const)("%s touches nothing of %j", async (identity, others) => {
    for (const bucket of others)
      for (const action of ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"])
        expect(await may(identity, action, bucket, "object"), `${action} on ${bucket}`).not.toBe("Allowed");
  });

  it.each(["repository", "control", "records", "documents", "logs"] as const)(
    "nobody reads %s without TLS, or with an old one",
    async (bucket) => {
      const everything = JSON.stringify({
        Version: "2012-10-17",
        Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }],
      });
      const ask = (context: Readonly<Record<string, string>>) =>
        judge({
          principal: `arn:aws:iam::${account}:role/administrator`,
          policy: everything,
          action: "s3:GetObject",
          resource: `arn:aws:s3:::${buckets[bucket]}/x`,
          resourcePolicy: planOf(bucket).policy,
          context,
        });
      expect(await ask(overTls)).toBe("Allowed");
      expect(await ask({ "aws:SecureTransport": "false" })).toBe("ExplicitlyDenied");
      expect(await ask({ "aws:SecureTransport": "true", "s3:TlsVersion": "1.1" })).toBe("ExplicitlyDenied");
    },
  );

  it("an object is written with the bucket's encryption or with none named, never another", async () => {
    const put = (context: Readonly<Record<string, string>>) =>
      may("writer", "s3:PutObject", "repository", "object", { ...overTls, ...context });
    expect(await put({})).toBe("Allowed");
    expect(await put({ "s3:x-amz-server-side-encryption": "aws:kms" })).toBe("Allowed");
    expect(await put({ "s3:x-amz-server-side-encryption": "AES256" })).toBe("ExplicitlyDenied");
  });
});

describe("the keys", () => {
  const key = `arn:aws:kms:eu-central-1:${account}:key/00000000-0000-0000-0000-000000000001`;
  const throughS3 = {
    "kms:ViaService": "s3.eu-central-1.amazonaws.com",
    "kms:ResourceAliases": ["alias/example-holdfast-offsite"],
  };
  const use = (identity: AwsIdentityName, action: string, context: Request["context"] = throughS3) =>
    judge({
      principal: `arn:aws:iam::${account}:role/example-holdfast-${identity}`,
      policy: policyOf(identity),
      action,
      resource: key,
      resourcePolicy: aws.key.policy,
      context: context ?? {},
    });

  it.each([
    ["writer", "kms:GenerateDataKey", "Allowed"],
    ["writer", "kms:Decrypt", "Allowed"],
    ["reader", "kms:Decrypt", "Allowed"],
    ["reader", "kms:GenerateDataKey", "ImplicitlyDenied"],
    ["recorder", "kms:GenerateDataKey", "Allowed"],
    ["documents", "kms:Decrypt", "Allowed"],
    ["keeper", "kms:Decrypt", "ImplicitlyDenied"],
    ["keeper", "kms:GenerateDataKey", "ImplicitlyDenied"],
  ] as const)("%s and %s: %s", async (identity, action, expected) => {
    expect(await use(identity, action)).toBe(expected);
  });

  it("are used through S3 alone, and no other key of the account is", async () => {
    expect(
      await use("writer", "kms:Decrypt", {
        ...throughS3,
        "kms:ViaService": "ec2.eu-central-1.amazonaws.com",
      }),
    ).toBe("ImplicitlyDenied");
    expect(
      await use("writer", "kms:Decrypt", { ...throughS3, "kms:ResourceAliases": ["alias/payroll"] }),
    ).toBe("ImplicitlyDenied");
  });

  it.each(["kms:ScheduleKeyDeletion", "kms:DisableKey", "kms:PutKeyPolicy"])(
    "%s is an administrator's alone: without its key every backup is lost",
    async (action) => {
      const everything = JSON.stringify({
        Version: "2012-10-17",
        Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }],
      });
      const ask = (role: string) =>
        judge({
          principal: `arn:aws:iam::${account}:role/${role}`,
          policy: everything,
          action,
          resource: key,
          resourcePolicy: aws.key.policy,
        });
      expect(await ask("administrator")).toBe("ExplicitlyDenied");
      expect(await ask("example-holdfast-writer")).toBe("ExplicitlyDenied");
      expect(await ask("holdfast-pipeline")).toBe("Allowed");
    },
  );
});

describe("replication", () => {
  const role = `arn:aws:iam::${account}:role/example-holdfast-replication`;
  const { policy } = aws.replica.role;
  const destination = aws.replica.pairs[0]?.destination;
  const there = `arn:aws:s3:::${destination?.bucketName}`;
  const ask = (action: string, resource: string, more: Partial<Request> = {}) =>
    judge({ principal: role, policy, action, resource, context: overTls, ...more });

  it.each(["s3:GetObjectVersionForReplication", "s3:GetObjectRetention", "s3:GetObjectVersionTagging"])(
    "may %s at the source",
    async (action) => {
      const resourcePolicy = planOf("repository").policy;
      expect(await ask(action, `arn:aws:s3:::${buckets.repository}/x`, { resourcePolicy })).toBe("Allowed");
    },
  );

  it("writes nothing at the source, and reads nothing of the control bucket", async () => {
    const resourcePolicy = planOf("repository").policy;
    for (const action of ["s3:PutObject", "s3:DeleteObject", "s3:DeleteObjectVersion"])
      expect(await ask(action, `arn:aws:s3:::${buckets.repository}/x`, { resourcePolicy })).not.toBe(
        "Allowed",
      );
    expect(
      await ask("s3:GetObjectVersionForReplication", `arn:aws:s3:::${buckets.control}/x`, {
        resourcePolicy: planOf("control").policy,
      }),
    ).not.toBe("Allowed");
  });

  it.each([
    "s3:ReplicateObject",
    "s3:ReplicateDelete",
    "s3:ReplicateTags",
    "s3:ObjectOwnerOverrideToBucketOwner",
  ])("may %s in the other account, because both sides say so", async (action) => {
    const more = { owner: replicaAccount, ...(destination ? { resourcePolicy: destination.policy } : {}) };
    expect(await ask(action, `${there}/x`, more)).toBe("Allowed");
    // Not by the bucket's word alone, which names the role and no other of that account.
    expect(
      await judge({
        principal: `arn:aws:iam::${account}:role/administrator`,
        policy: JSON.stringify({
          Version: "2012-10-17",
          Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }],
        }),
        action,
        resource: `${there}/x`,
        context: overTls,
        ...more,
      }),
    ).not.toBe("Allowed");
  });

  it("deletes no version there, and neither does anybody of that account", async () => {
    const more = { owner: replicaAccount, ...(destination ? { resourcePolicy: destination.policy } : {}) };
    expect(await ask("s3:DeleteObjectVersion", `${there}/x`, more)).toBe("ExplicitlyDenied");
    expect(
      await judge({
        principal: `arn:aws:iam::${replicaAccount}:role/administrator`,
        policy: JSON.stringify({
          Version: "2012-10-17",
          Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }],
        }),
        action: "s3:DeleteObjectVersion",
        resource: `${there}/x`,
        context: overTls,
        ...more,
      }),
    ).toBe("ExplicitlyDenied");
  });

  it("encrypts with the other account's key and cannot read with it", async () => {
    const key = `arn:aws:kms:eu-west-1:${replicaAccount}:key/00000000-0000-0000-0000-000000000002`;
    const more = {
      owner: replicaAccount,
      resourcePolicy: aws.replica.key.policy,
      context: { "kms:ViaService": "s3.eu-west-1.amazonaws.com" },
    };
    expect(await ask("kms:Encrypt", key, more)).toBe("Allowed");
    expect(await ask("kms:GenerateDataKey", key, more)).toBe("Allowed");
    expect(await ask("kms:Decrypt", key, more)).not.toBe("Allowed");
  });
});

describe("documents of IAM", () => {
  const resourcePolicies = [
    ...aws.buckets,
    aws.logs,
    ...aws.replica.pairs.map(({ destination }) => destination),
    aws.key,
    aws.replica.key,
  ].map(({ logicalName, policy }) => [logicalName, policy] as const);

  it.each(resourcePolicies)("the policy of %s is well formed", (_, policy) => {
    expect(validateResourcePolicy(JSON.parse(policy))).toEqual([]);
  });

  it.each([
    ...aws.identities.map(({ identity, policy }) => [identity, policy] as const),
    ["replication", aws.replica.role.policy] as const,
  ])("the rights of %s are well formed, and name no bucket but ours", (_, policy) => {
    expect(validateIdentityPolicy(JSON.parse(policy))).toEqual([]);
    for (const statement of loadPolicy(JSON.parse(policy)).statements()) {
      expect(statement.isAllow()).toBe(true);
      for (const action of [JSON.parse(policy).Statement]
        .flat(2)
        .flatMap(({ Action }: { Action: string[] }) => Action))
        expect(action).not.toMatch(/\*/);
    }
    expect(policy).not.toMatch(/"Resource":"\*"|arn:aws:s3:::\*/);
  });

  it("trusts pods by their service account and cluster, and people by name", () => {
    const trust = aws.identities.find(({ identity }) => identity === "writer")?.trust ?? "";
    expect(validateTrustPolicy(JSON.parse(trust))).toEqual([]);
    const { Statement } = JSON.parse(trust);
    expect(Statement).toEqual([
      {
        Sid: "PodsPrimary",
        Effect: "Allow",
        Principal: {
          Federated:
            "arn:aws:iam::111111111111:oidc-provider/oidc.eks.eu-central-1.amazonaws.com/id/EXAMPLEPRIMARY",
        },
        Action: "sts:AssumeRoleWithWebIdentity",
        Condition: {
          StringEquals: {
            "oidc.eks.eu-central-1.amazonaws.com/id/EXAMPLEPRIMARY:aud": "sts.amazonaws.com",
            "oidc.eks.eu-central-1.amazonaws.com/id/EXAMPLEPRIMARY:sub": [
              "system:serviceaccount:holdfast:holdfast-database",
              "system:serviceaccount:holdfast:holdfast-backup",
            ],
          },
        },
      },
      expect.objectContaining({ Sid: "PodsDr" }),
      {
        Sid: "Named",
        Effect: "Allow",
        Principal: { AWS: ["arn:aws:iam::111111111111:role/holdfast-pipeline"] },
        Action: "sts:AssumeRole",
      },
    ]);
  });

  it("trusts so few that IAM takes the document: 2,048 characters without spaces is its default quota", () => {
    for (const { identity, trust } of aws.identities)
      expect((trust ?? "").replace(/\s/g, "").length, identity).toBeLessThan(2048);
  });

  it("lets operators write, read and leave records, and no pod's documents", () => {
    const named = aws.identities.filter(({ trust }) => /"Sid":"Named"/.test(trust ?? ""));
    expect(named.map(({ identity }) => identity)).toEqual(["writer", "reader", "recorder", "keeper"]);
  });

  it("lets no pod and no operator be the keeper", () => {
    const keeper = aws.identities.find(({ identity }) => identity === "keeper");
    expect(JSON.parse(keeper?.trust ?? "").Statement).toEqual([
      expect.objectContaining({ Principal: { AWS: ["arn:aws:iam::111111111111:role/holdfast-keeper"] } }),
    ]);
    expect(keeper?.user).toBe(false);
  });

  it("lets S3 replicate for this account's buckets and no other's", () => {
    const [statement] = JSON.parse(aws.replica.role.trust).Statement;
    expect(statement).toMatchObject({
      Principal: { Service: "s3.amazonaws.com" },
      Condition: { StringEquals: { "aws:SourceAccount": account } },
    });
  });
});
