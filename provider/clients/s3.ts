import type { S3Client } from "@aws-sdk/client-s3";
import {
  type LifecycleRule,
  type ObjectStore,
  type ObjectVersion,
  type PutOptions,
  type PutOutcome,
  type RetentionRule,
  type StoredObject,
  StoreError,
} from "./object-store.ts";
import { type RoleCredentials, roleCredentials } from "./role.ts";

/** Keys, or an IAM role that is taken with the surroundings' AWS credentials. */
export type StoreIdentity =
  | { readonly accessKey: string; readonly secretKey: string }
  | { readonly role: string };

export type S3Settings = {
  readonly endpoint: string;
  readonly region: string;
  /** The store's CA; without it Node's own and NODE_EXTRA_CA_CERTS count. */
  readonly caPem?: string | undefined;
} & StoreIdentity;

/** A store that does not answer must fail a preview in seconds, not hang it. */
const CONNECT_TIMEOUT_MS = 3_000;
const REQUEST_TIMEOUT_MS = 15_000;

type Sdk = typeof import("@aws-sdk/client-s3");

/** The S3 API over the AWS SDK, loaded at the first call: it costs more than the rest of the provider. */
export class S3Store implements ObjectStore {
  readonly endpoint: string;
  readonly #settings: S3Settings;
  #loaded: Promise<{ readonly sdk: Sdk; readonly client: S3Client }> | undefined;

  constructor(settings: S3Settings) {
    this.endpoint = settings.endpoint;
    this.#settings = settings;
  }

  async hasBucket(bucket: string): Promise<boolean> {
    const found = await this.#call("HeadBucket", bucket, ["NotFound", "NoSuchBucket"], ({ sdk, client }) =>
      client.send(new sdk.HeadBucketCommand({ Bucket: bucket })),
    );
    return found !== undefined;
  }

  async createBucket(bucket: string, options: { readonly objectLock: boolean }): Promise<void> {
    const Bucket = bucket;
    await this.#call("CreateBucket", bucket, [], ({ sdk, client }) =>
      client.send(
        new sdk.CreateBucketCommand(
          options.objectLock ? { Bucket, ObjectLockEnabledForBucket: true } : { Bucket },
        ),
      ),
    );
  }

  async deleteBucket(bucket: string): Promise<void> {
    await this.#call("DeleteBucket", bucket, ["NoSuchBucket", "NotFound"], ({ sdk, client }) =>
      client.send(new sdk.DeleteBucketCommand({ Bucket: bucket })),
    );
  }

  async getVersioning(bucket: string): Promise<boolean> {
    const found = await this.#call("GetBucketVersioning", bucket, [], ({ sdk, client }) =>
      client.send(new sdk.GetBucketVersioningCommand({ Bucket: bucket })),
    );
    return found?.Status === "Enabled";
  }

  async setVersioning(bucket: string, enabled: boolean): Promise<void> {
    await this.#call("PutBucketVersioning", bucket, [], ({ sdk, client }) =>
      client.send(
        new sdk.PutBucketVersioningCommand({
          Bucket: bucket,
          VersioningConfiguration: { Status: enabled ? "Enabled" : "Suspended" },
        }),
      ),
    );
  }

  async getObjectLock(bucket: string): Promise<{ readonly enabled: boolean; readonly rule?: RetentionRule }> {
    const found = await this.#call(
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
    await this.#call("PutObjectLockConfiguration", bucket, [], ({ sdk, client }) =>
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
    const found = await this.#call(
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
      await this.#call("DeleteBucketEncryption", bucket, [], ({ sdk, client }) =>
        client.send(new sdk.DeleteBucketEncryptionCommand({ Bucket: bucket })),
      );
      return;
    }
    await this.#call("PutBucketEncryption", bucket, [], ({ sdk, client }) =>
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
    const found = await this.#call(
      "GetBucketLifecycleConfiguration",
      bucket,
      ["NoSuchLifecycleConfiguration"],
      ({ sdk, client }) => client.send(new sdk.GetBucketLifecycleConfigurationCommand({ Bucket: bucket })),
    );
    return (found?.Rules ?? []).map((rule): LifecycleRule => {
      const prefix = rule.Filter?.Prefix ?? rule.Prefix ?? "";
      const noncurrentDays = rule.NoncurrentVersionExpiration?.NoncurrentDays;
      const abortDays = rule.AbortIncompleteMultipartUpload?.DaysAfterInitiation;
      const other =
        rule.Status !== "Enabled" ||
        rule.Expiration !== undefined ||
        (rule.Transitions ?? []).length > 0 ||
        (rule.NoncurrentVersionTransitions ?? []).length > 0 ||
        rule.Filter?.Tag !== undefined ||
        rule.Filter?.And !== undefined;
      return {
        id: rule.ID ?? "",
        ...(prefix === "" ? {} : { prefix }),
        ...(noncurrentDays === undefined ? {} : { noncurrentDays }),
        ...(abortDays === undefined ? {} : { abortIncompleteUploadDays: abortDays }),
        ...(other ? { other } : {}),
      };
    });
  }

  async setLifecycle(bucket: string, rules: readonly LifecycleRule[]): Promise<void> {
    if (rules.length === 0) {
      await this.#call("DeleteBucketLifecycle", bucket, ["NoSuchLifecycleConfiguration"], ({ sdk, client }) =>
        client.send(new sdk.DeleteBucketLifecycleCommand({ Bucket: bucket })),
      );
      return;
    }
    await this.#call("PutBucketLifecycleConfiguration", bucket, [], ({ sdk, client }) =>
      client.send(
        new sdk.PutBucketLifecycleConfigurationCommand({
          Bucket: bucket,
          LifecycleConfiguration: {
            Rules: rules.map((rule) => ({
              ID: rule.id,
              Status: "Enabled" as const,
              Filter: { Prefix: rule.prefix ?? "" },
              ...(rule.noncurrentDays === undefined
                ? {}
                : { NoncurrentVersionExpiration: { NoncurrentDays: rule.noncurrentDays } }),
              ...(rule.abortIncompleteUploadDays === undefined
                ? {}
                : {
                    AbortIncompleteMultipartUpload: { DaysAfterInitiation: rule.abortIncompleteUploadDays },
                  }),
            })),
          },
        }),
      ),
    );
  }

  async getPolicy(bucket: string): Promise<string | undefined> {
    // A store without policies has none set.
    const none = ["NoSuchBucketPolicy", "NotImplemented", "MethodNotAllowed"];
    const found = await this.#call("GetBucketPolicy", bucket, none, ({ sdk, client }) =>
      client.send(new sdk.GetBucketPolicyCommand({ Bucket: bucket })),
    );
    return found?.Policy;
  }

  async setPolicy(bucket: string, policy: string | undefined): Promise<void> {
    await this.#call(
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
    return this.#call("GetObject", `${bucket}/${key}`, ["NoSuchKey", "NotFound"], async ({ sdk, client }) => {
      const found = await client.send(new sdk.GetObjectCommand({ Bucket: bucket, Key: key }));
      return { body: (await found.Body?.transformToString()) ?? "", etag: found.ETag ?? "" };
    });
  }

  async put(bucket: string, key: string, body: string, options: PutOptions = {}): Promise<PutOutcome> {
    const { condition = { kind: "always" }, retention } = options;
    const lost = ["PreconditionFailed", "ConditionalRequestConflict"];
    const written = await this.#call("PutObject", `${bucket}/${key}`, lost, ({ sdk, client }) =>
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
    await this.#call("DeleteObject", `${bucket}/${key}`, gone, ({ sdk, client }) =>
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
    const found = await this.#call("ListObjectVersions", bucket, ["NoSuchBucket"], ({ sdk, client }) =>
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
    const found = await this.#call("ListMultipartUploads", bucket, ["NoSuchBucket"], ({ sdk, client }) =>
      client.send(new sdk.ListMultipartUploadsCommand({ Bucket: bucket })),
    );
    for (const { Key, UploadId } of found?.Uploads ?? []) {
      await this.#call("AbortMultipartUpload", `${bucket}/${Key}`, ["NoSuchUpload"], ({ sdk, client }) =>
        client.send(new sdk.AbortMultipartUploadCommand({ Bucket: bucket, Key, UploadId })),
      );
    }
  }

  /** Runs one call; an error whose code is in `absent` is the answer `undefined`. */
  async #call<T>(
    operation: string,
    target: string,
    absent: readonly string[],
    run: (loaded: { readonly sdk: Sdk; readonly client: S3Client }) => Promise<T>,
  ): Promise<T | undefined> {
    this.#loaded ??= this.#load();
    const loaded = await this.#loaded;
    try {
      return await run(loaded);
    } catch (error) {
      const { code, status, message } = readError(error);
      if (absent.includes(code)) return undefined;
      const answer = status === undefined ? "no answer" : `answer ${status}${code === "" ? "" : ` ${code}`}`;
      throw new StoreError(`${operation} on ${target} at ${this.endpoint}: ${answer} (${message})`, {
        code,
        ...(status === undefined ? {} : { status }),
        cause: error,
      });
    }
  }

  async #load(): Promise<{ readonly sdk: Sdk; readonly client: S3Client }> {
    const sdk = await import("@aws-sdk/client-s3");
    const { endpoint, region, caPem } = this.#settings;
    const client = new sdk.S3Client({
      endpoint,
      region,
      credentials: credentialsOf(this.#settings),
      // A store on an address has no names to put a bucket in front of.
      forcePathStyle: true,
      // The SDK's own checksums are trailers that several S3 stores do not take.
      requestChecksumCalculation: "WHEN_REQUIRED",
      responseChecksumValidation: "WHEN_REQUIRED",
      requestHandler: {
        connectionTimeout: CONNECT_TIMEOUT_MS,
        requestTimeout: REQUEST_TIMEOUT_MS,
        throwOnRequestTimeout: true,
        httpsAgent: caPem === undefined ? {} : { ca: caPem },
      },
    });
    return { sdk, client };
  }
}

/** What the SDK takes for an identity: keys as they are, or a function that it asks before each session's end. */
export function credentialsOf(
  settings: StoreIdentity & { readonly region: string; readonly caPem?: string | undefined },
): RoleCredentials | (() => Promise<RoleCredentials>) {
  return "role" in settings
    ? roleCredentials(settings)
    : { accessKeyId: settings.accessKey, secretAccessKey: settings.secretKey };
}

function readError(error: unknown): {
  readonly code: string;
  readonly status: number | undefined;
  readonly message: string;
} {
  if (!(error instanceof Error)) return { code: "", status: undefined, message: String(error) };
  const metadata = (error as { readonly $metadata?: { readonly httpStatusCode?: number } }).$metadata;
  // A connection that failed on every address carries its reasons inside and no message of its own.
  const message =
    error instanceof AggregateError && error.message === ""
      ? error.errors
          .map((inner: unknown) => (inner instanceof Error ? inner.message : String(inner)))
          .join(", ")
      : error.message;
  return {
    code: metadata?.httpStatusCode === undefined ? "" : error.name,
    status: metadata?.httpStatusCode,
    message,
  };
}
