// The Bucket resource on a store in memory. Does not prove how a real store answers:
// tests/lab/provider-store.test.ts does.
import { beforeEach, describe, expect, test } from "vitest";
import { planBucketPolicy } from "../../plan/bucket-policy.ts";
import { StoreError } from "../../provider/clients/object-store.ts";
import { bucket } from "../../provider/resources/bucket.ts";
import { type BucketInputs, bucketSchema } from "../../provider/resources/bucket-types.ts";
import { diffProperties } from "../../provider/server/diff.ts";
import { describeError, PartialFailure } from "../../provider/server/errors.ts";
import type { PlainMap } from "../../provider/server/value.ts";
import { MemoryStore, plain, type TestContext, testContext } from "./fakes.ts";

const full: BucketInputs = bucketSchema.parse({
  name: "repo",
  versioning: true,
  objectLock: { mode: "COMPLIANCE", days: 8 },
  defaultEncryption: "AES256",
  lifecycle: { noncurrentDays: 30, abortIncompleteUploadDays: 7 },
  policy: planBucketPolicy("repo", ["arn:aws:iam::*:user/writer"]) ?? undefined,
});

let store: MemoryStore;
let context: TestContext;
beforeEach(() => {
  store = new MemoryStore();
  context = testContext({ store });
});

async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  );
}

test("create sets everything, proves it, and leaves no probe behind", async () => {
  const { id, outputs } = await bucket.create(full, context);
  expect(id).toBe("repo");
  expect(store.bucket("repo")).toMatchObject({
    versioning: true,
    encryption: "AES256",
    rule: { mode: "COMPLIANCE", days: 8 },
    lifecycle: [{ id: "holdfast", noncurrentDays: 30, abortIncompleteUploadDays: 7 }],
    versions: [],
  });
  const found = await bucket.read("repo", { inputs: full, outputs }, context);
  expect(diffProperties(plain(found?.inputs ?? {}), plain(full))).toEqual([]);
  expect(found?.outputs).toEqual(outputs);
});

describe("changed outside: read names it, update mends it", () => {
  const cases: readonly (readonly [string, () => unknown, readonly string[]])[] = [
    ["lock days", () => store.setObjectLock("repo", { mode: "COMPLIANCE", days: 1 }), ["objectLock.days"]],
    ["lock mode", () => store.setObjectLock("repo", { mode: "GOVERNANCE", days: 8 }), ["objectLock.mode"]],
    ["lock rule removed", () => store.setObjectLock("repo", undefined), ["objectLock"]],
    ["encryption off", () => store.setEncryption("repo", undefined), ["defaultEncryption"]],
    ["lifecycle removed", () => store.setLifecycle("repo", []), ["lifecycle"]],
    [
      "lifecycle days",
      () => store.setLifecycle("repo", [{ id: "holdfast", noncurrentDays: 2, abortIncompleteUploadDays: 7 }]),
      ["lifecycle.noncurrentDays"],
    ],
    [
      "lifecycle uploads",
      () => store.setLifecycle("repo", [{ id: "holdfast", noncurrentDays: 30 }]),
      ["lifecycle.abortIncompleteUploadDays"],
    ],
    [
      "lifecycle prefix",
      () =>
        store.setLifecycle("repo", [
          { id: "holdfast", noncurrentDays: 30, abortIncompleteUploadDays: 7, prefix: "x/" },
        ]),
      ["lifecycle.prefix"],
    ],
    [
      "a rule beside ours",
      async () =>
        store.setLifecycle("repo", [...(await store.getLifecycle("repo")), { id: "cleanup", other: true }]),
      ["foreignLifecycleRules"],
    ],
    ["policy removed", () => store.setPolicy("repo", undefined), ["policy"]],
    [
      "a statement of the policy taken out",
      () => {
        const policy = JSON.parse(full.policy ?? "{}");
        policy.Statement.pop();
        return store.setPolicy("repo", JSON.stringify(policy));
      },
      ["policy"],
    ],
    [
      "versioning off",
      () => {
        store.bucket("repo").versioning = false;
      },
      ["versioning"],
    ],
  ];

  test.each(cases)("%s", async (_name, change, paths) => {
    const { outputs } = await bucket.create(full, context);
    await change();
    const found = await bucket.read("repo", { inputs: full, outputs }, context);
    if (found === undefined) throw new Error("the bucket is there");
    const request = {
      id: "repo",
      inputs: plain(full),
      oldInputs: plain(found.inputs),
      oldOutputs: plain(found.outputs),
    };
    const changes = await bucket.diff?.(request, diffProperties(request.oldInputs, request.inputs), context);
    expect(changes?.map(({ path }) => path)).toEqual(paths);
    await bucket.update("repo", full, found, context);
    const after = await bucket.read("repo", { inputs: full, outputs }, context);
    expect(after?.outputs).toEqual(outputs);
    expect(store.bucket("repo").versions).toEqual([]);
  });
});

describe("what does not work is said so", () => {
  test("an encryption that is accepted and then fails every PUT", async () => {
    store.isEncryptionBroken = true;
    const error = await failureOf(bucket.create(full, context));
    expect(error).toBeInstanceOf(PartialFailure);
    expect(describeError(error)).toMatch(
      /bucket repo does not work: cannot write a probe object: .* default encryption AES256.*500 InternalError\nhint: give the store its encryption key/u,
    );
    // State tells what is there: no retention was set on a bucket that cannot be written.
    expect((error as PartialFailure).outputs).toMatchObject({ defaultEncryption: "AES256" });
    expect((error as PartialFailure).outputs.objectLock).toBeUndefined();
  });

  test("it fails again until it works, also when no setting differs", async () => {
    store.isEncryptionBroken = true;
    const error = (await failureOf(bucket.create(full, context))) as PartialFailure;
    const old = { inputs: full, outputs: error.outputs as never };
    expect(await failureOf(bucket.update("repo", full, old, context))).toBeInstanceOf(PartialFailure);
    store.isEncryptionBroken = false;
    expect(await failureOf(bucket.update("repo", full, old, context))).toBeUndefined();
  });

  test("a lock that does not lock", async () => {
    const remove = store.remove.bind(store);
    store.remove = async (name, key) => remove(name, key);
    expect(describeError(await failureOf(bucket.create(full, context)))).toContain(
      "a version under retention could be deleted",
    );
  });
});

describe("what a store lacks is named, with what stands in for it", () => {
  const lacking = () => {
    throw new StoreError("answer 501 NotImplemented", { code: "NotImplemented", status: 501, cause: null });
  };
  test.each([
    ["setVersioning", /no versioning.*\nhint: .*second repository/u],
    ["setObjectLock", /no object lock.*\nhint: .*second repository/u],
    ["setEncryption", /no default encryption.*\nhint: set offsite.encryption to none/u],
    ["setLifecycle", /no lifecycle.*\nhint: .*keeper/u],
    ["setPolicy", /no policy.*\nhint: leave offsite.writers out/u],
  ] as const)("%s", async (call, words) => {
    store[call] = async () => lacking();
    expect(describeError(await failureOf(bucket.create(full, context)))).toMatch(words);
  });

  test("an error that is none of it stays what it is", async () => {
    store.setPolicy = async () => {
      throw new StoreError("answer 403 AccessDenied", { code: "AccessDenied", status: 403, cause: null });
    };
    expect(describeError(await failureOf(bucket.create(full, context)))).toMatch(/403 AccessDenied/u);
  });
});

test("a policy in another spelling is no change", async () => {
  const { outputs } = await bucket.create(full, context);
  const policy = JSON.parse(full.policy ?? "{}");
  await store.setPolicy(
    "repo",
    JSON.stringify({ Statement: policy.Statement, Version: policy.Version }, null, 2),
  );
  const found = await bucket.read("repo", { inputs: full, outputs }, context);
  expect(diffProperties(plain(found?.inputs ?? {}), plain(full))).toEqual([]);
});

test("a policy that is no JSON object is refused", () => {
  expect(bucketSchema.safeParse({ name: "repo", policy: "allow all" }).success).toBe(false);
  expect(bucketSchema.safeParse({ name: "repo", policy: "[]" }).success).toBe(false);
});

describe("create on a bucket that exists", () => {
  test("goes on with an empty one, as a killed up leaves it", async () => {
    await store.createBucket("repo", { objectLock: true });
    await bucket.create(full, context);
    expect(store.bucket("repo").rule).toEqual(full.objectLock);
  });

  test("refuses one with objects, and says how to import it", async () => {
    await store.createBucket("repo", { objectLock: true });
    await store.put("repo", "backup", "data");
    expect(describeError(await failureOf(bucket.create(full, context)))).toContain(
      "pulumi import holdfast:index:Bucket",
    );
  });
});

describe("delete", () => {
  test("refuses a bucket with objects", async () => {
    const { outputs } = await bucket.create({ ...full, objectLock: undefined }, context);
    await store.put("repo", "backup", "data");
    const error = await failureOf(bucket.delete("repo", { inputs: full, outputs }, context));
    expect(describeError(error)).toContain("not empty");
    expect(store.buckets.has("repo")).toBe(true);
  });

  test("empties it first with forceDestroy", async () => {
    const inputs = { ...full, objectLock: undefined, forceDestroy: true };
    const { outputs } = await bucket.create(inputs, context);
    await store.put("repo", "backup", "data");
    await bucket.delete("repo", { inputs, outputs }, context);
    expect(store.buckets.has("repo")).toBe(false);
  });

  test("of what is gone succeeds", async () => {
    await bucket.delete("repo", { inputs: full, outputs: {} as never }, context);
  });
});

test.each([
  ["lock without versioning", { name: "repo", objectLock: { mode: "COMPLIANCE", days: 1 } }, "versioning"],
  ["a misspelt property", { name: "repo", versionning: true }, "versionning"],
  [
    "a misspelt lock",
    { name: "repo", versioning: true, objectLock: { mod: "x", days: 1 } },
    "objectLock.mode",
  ],
  ["an empty lifecycle", { name: "repo", lifecycle: { prefix: "x" } }, "lifecycle"],
  ["no name", {}, "name"],
])("check refuses %s", async (_name, inputs, property) => {
  const { failures } = await bucket.check(
    { inputs: inputs as PlainMap, oldInputs: {}, oldOutputs: {} },
    context,
  );
  expect(failures.map((failure) => failure.property)).toContain(property);
});
