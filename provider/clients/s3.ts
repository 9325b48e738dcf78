import type {
  LifecycleRule,
  ObjectStore,
  ObjectVersion,
  PutOptions,
  PutOutcome,
  RetentionRule,
  StoredObject,
} from "./object-store.ts";
import { S3Connection, type S3Settings } from "./s3-connection.ts";
import { readLifecycleRule, writeLifecycleRule } from "./s3-lifecycle.ts";

/** The S3 API over the AWS SDK. What a bucket has not is known by the codes that stores say it with. */
export class S3Store implements ObjectStore {
  readonly endpoint: string;
  readonly #s3: S3Connection;

  constructor(settings: S3Settings) {
    this.endpoint = settings.endpoint;
    this.#s3 = new S3Connection(settings);
  }

  async hasBucket(bucket: string): Promise<boolean> {
    const found = await this.#s3.call("HeadBucket", bucket, ["NotFound", "NoSuchBucket"], ({ sdk, client }) =>
      client.send(new sdk.HeadBucketCommand({ Bucket: bucket })),
    );
    return found !== undefined;
  }

  async createBucket(bucket: string, options: { readonly objectLock: boolean }): Promise<void> {
    const Bucket = bucket;
    await this.#s3.call("CreateBucket", bucket, [], ({ sdk, client }) =>
      client.send(
        new sdk.CreateBucketCommand(
          options.objectLock ? { Bucket, ObjectLockEnabledForBucket: true } : { Bucket },
        ),
      ),
    );
  }

  async deleteBucket(bucket: string): Promise<void> {
    await this.#s3.call("DeleteBucket", bucket, ["NoSuchBucket", "NotFound"], ({ sdk, client }) =>
      client.send(new sdk.DeleteBucketCommand({ Bucket: bucket })),
    );
  }

  async getVersioning(bucket: string): Promise<boolean> {
    const found = await this.#s3.call("GetBucketVersioning", bucket, [], ({ sdk, client }) =>
      client.send(new sdk.GetBucketVersioningCommand({ Bucket: bucket })),
    );
    return found?.Status === "Enabled";
  }

  async setVersioning(bucket: string, enabled: boolean): Promise<void> {
    await this.#s3.call("PutBucketVersioning", bucket, [], ({ sdk, client }) =>
      client.send(
        new sdk.PutBucketVersioningCommand({
          Bucket: bucket,
          VersioningConfiguration: { Status: enabled ? "Enabled" : "Suspended" },
        }),
      ),
    );
  }

  async getObjectLock(bucket: string): Promise<{ readonly enabled: boolean; readonly rule?: RetentionRule }> {
    const found = await this.#s3.call(
      "GetObjectLockConfiguration",
      bucket,
      ["ObjectLockConfigurationNotFoundError", "NoSuchObjectLockConfiguration"],
      ({ sdk, client }) => client.send(new sdk.GetObjectLockConfigurationCommand({ Bucket: bucket })),
    );
    const configuration = found?.ObjectLockConfiguration;
    const enabled = configuration?.ObjectLockEnabled === "Enabled";
    const retention = configuration?.Rule?.DefaultRetention;
    if (retention?.Mode === undefined) return { enabled };
    const days = retention.Days ?? (retention.Years ?? 0) * 365;
    return { enabled, rule: { mode: retention.Mode, days } };
  }

  async setObjectLock(bucket: string, rule: RetentionRule | undefined): Promise<void> {
    await this.#s3.call("PutObjectLockConfiguration", bucket, [], ({ sdk, client }) =>
      client.send(
        new sdk.PutObjectLockConfigurationCommand({
          Bucket: bucket,
          ObjectLockConfiguration: {
            ObjectLockEnabled: "Enabled",
            ...(rule === undefined
              ? {}
              : { Rule: { DefaultRetention: { Mode: rule.mode, Days: rule.days } } }),
          },
        }),
      ),
    );
  }

  async getEncryption(bucket: string): Promise<string | undefined> {
    const found = await this.#s3.call(
      "GetBucketEncryption",
      bucket,
      ["ServerSideEncryptionConfigurationNotFoundError"],
      ({ sdk, client }) => client.send(new sdk.GetBucketEncryptionCommand({ Bucket: bucket })),
    );
    return found?.ServerSideEncryptionConfiguration?.Rules?.[0]?.ApplyServerSideEncryptionByDefault
      ?.SSEAlgorithm;
  }

  async setEncryption(bucket: string, algorithm: "AES256" | undefined): Promise<void> {
    if (algorithm === undefined) {
      await this.#s3.call("DeleteBucketEncryption", bucket, [], ({ sdk, client }) =>
        client.send(new sdk.DeleteBucketEncryptionCommand({ Bucket: bucket })),
      );
      return;
    }
    await this.#s3.call("PutBucketEncryption", bucket, [], ({ sdk, client }) =>
      client.send(
        new sdk.PutBucketEncryptionCommand({
          Bucket: bucket,
          ServerSideEncryptionConfiguration: {
            Rules: [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: algorithm } }],
          },
        }),
      ),
    );
  }

  async getLifecycle(bucket: string): Promise<readonly LifecycleRule[]> {
    const found = await this.#s3.call(
      "GetBucketLifecycleConfiguration",
      bucket,
      ["NoSuchLifecycleConfiguration"],
      ({ sdk, client }) => client.send(new sdk.GetBucketLifecycleConfigurationCommand({ Bucket: bucket })),
    );
    return (found?.Rules ?? []).map(readLifecycleRule);
  }

  async setLifecycle(bucket: string, rules: readonly LifecycleRule[]): Promise<void> {
    if (rules.length === 0) {
      await this.#s3.call(
        "DeleteBucketLifecycle",
        bucket,
        ["NoSuchLifecycleConfiguration"],
        ({ sdk, client }) => client.send(new sdk.DeleteBucketLifecycleCommand({ Bucket: bucket })),
      );
      return;
    }
    await this.#s3.call("PutBucketLifecycleConfiguration", bucket, [], ({ sdk, client }) =>
      client.send(
        new sdk.PutBucketLifecycleConfigurationCommand({
          Bucket: bucket,
          LifecycleConfiguration: {
            Rules: rules.map(writeLifecycleRule),
          },
        }),
      ),
    );
  }

  async getPolicy(bucket: string): Promise<string | undefined> {
    // A store without policies has none set.
    const none = ["NoSuchBucketPolicy", "NotImplemented", "MethodNotAllowed"];
    const found = await this.#s3.call("GetBucketPolicy", bucket, none, ({ sdk, client }) =>
      client.send(new sdk.GetBucketPolicyCommand({ Bucket: bucket })),
    );
    return found?.Policy;
  }

  async setPolicy(bucket: string, policy: string | undefined): Promise<void> {
    await this.#s3.call(
      "PutBucketPolicy",
      bucket,
      policy === undefined ? ["NoSuchBucketPolicy"] : [],
      (loaded) =>
        policy === undefined
          ? loaded.client.send(new loaded.sdk.DeleteBucketPolicyCommand({ Bucket: bucket }))
          : loaded.client.send(new loaded.sdk.PutBucketPolicyCommand({ Bucket: bucket, Policy: policy })),
    );
  }

  async get(bucket: string, key: string): Promise<StoredObject | undefined> {
    return this.#s3.call(
      "GetObject",
      `${bucket}/${key}`,
      ["NoSuchKey", "NotFound"],
      async ({ sdk, client }) => {
        const found = await client.send(new sdk.GetObjectCommand({ Bucket: bucket, Key: key }));
        return { body: (await found.Body?.transformToString()) ?? "", etag: found.ETag ?? "" };
      },
    );
  }

  async put(bucket: string, key: string, body: string, options: PutOptions = {}): Promise<PutOutcome> {
    const { condition = { kind: "always" }, retention } = options;
    const lost = ["PreconditionFailed", "ConditionalRequestConflict"];
    const written = await this.#s3.call("PutObject", `${bucket}/${key}`, lost, ({ sdk, client }) =>
      client.send(
        new sdk.PutObjectCommand({
          Bucket: bucket,
          Key: key,
          Body: body,
          ...(condition.kind === "absent" ? { IfNoneMatch: "*" } : {}),
          ...(condition.kind === "match" ? { IfMatch: condition.etag } : {}),
          ...(retention === undefined
            ? {}
            : { ObjectLockMode: retention.mode, ObjectLockRetainUntilDate: retention.until }),
        }),
      ),
    );
    if (written === undefined) return { kind: "lost" };
    return {
      kind: "written",
      etag: written.ETag ?? "",
      ...(written.VersionId === undefined ? {} : { versionId: written.VersionId }),
    };
  }

  async remove(bucket: string, key: string, versionId?: string): Promise<void> {
    const gone = ["NoSuchKey", "NoSuchVersion", "NoSuchBucket", "NotFound"];
    await this.#s3.call("DeleteObject", `${bucket}/${key}`, gone, ({ sdk, client }) =>
      client.send(
        new sdk.DeleteObjectCommand({
          Bucket: bucket,
          Key: key,
          ...(versionId === undefined ? {} : { VersionId: versionId }),
        }),
      ),
    );
  }

  async listVersions(
    bucket: string,
    options: { readonly prefix?: string; readonly limit: number },
  ): Promise<readonly ObjectVersion[]> {
    const found = await this.#s3.call("ListObjectVersions", bucket, ["NoSuchBucket"], ({ sdk, client }) =>
      client.send(
        new sdk.ListObjectVersionsCommand({
          Bucket: bucket,
          MaxKeys: options.limit,
          ...(options.prefix === undefined ? {} : { Prefix: options.prefix }),
        }),
      ),
    );
    const toVersion =
      (isDeleteMarker: boolean) =>
      (entry: {
        readonly Key?: string | undefined;
        readonly VersionId?: string | undefined;
      }): ObjectVersion => ({
        key: entry.Key ?? "",
        versionId: entry.VersionId ?? "null",
        isDeleteMarker,
      });
    return [
      ...(found?.Versions ?? []).map(toVersion(false)),
      ...(found?.DeleteMarkers ?? []).map(toVersion(true)),
    ];
  }

  async abortUploads(bucket: string): Promise<void> {
    const found = await this.#s3.call("ListMultipartUploads", bucket, ["NoSuchBucket"], ({ sdk, client }) =>
      client.send(new sdk.ListMultipartUploadsCommand({ Bucket: bucket })),
    );
    for (const { Key, UploadId } of found?.Uploads ?? []) {
      await this.#s3.call("AbortMultipartUpload", `${bucket}/${Key}`, ["NoSuchUpload"], ({ sdk, client }) =>
        client.send(new sdk.AbortMultipartUploadCommand({ Bucket: bucket, Key, UploadId })),
      );
    }
  }
}
