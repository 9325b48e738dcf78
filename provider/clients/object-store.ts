/** Retention that every new object of a bucket gets. */
export interface RetentionRule {
  readonly mode: "COMPLIANCE" | "GOVERNANCE";
  readonly days: number;
}

/** One lifecycle rule, as far as this provider writes them. */
export interface LifecycleRule {
  readonly id: string;
  readonly prefix?: string;
  readonly noncurrentDays?: number;
  readonly abortIncompleteUploadDays?: number;
  /** True when the rule has anything else in it, an expiry of current objects for example. */
  readonly other?: boolean;
}

export interface StoredObject {
  readonly body: string;
  readonly etag: string;
}

/** What a PUT demands of the object that is there: nothing there, or exactly this one. */
export type PutCondition =
  | { readonly kind: "always" }
  | { readonly kind: "absent" }
  | { readonly kind: "match"; readonly etag: string };

export interface PutOptions {
  readonly condition?: PutCondition;
  /** Overrides the bucket's default retention for this object. */
  readonly retention?: { readonly mode: RetentionRule["mode"]; readonly until: Date };
}

/** `lost`: the condition did not hold, somebody else wrote first. */
export type PutOutcome =
  | { readonly kind: "written"; readonly etag: string; readonly versionId?: string }
  | { readonly kind: "lost" };

export interface ObjectVersion {
  readonly key: string;
  readonly versionId: string;
  readonly isDeleteMarker: boolean;
}

/**
 * What the provider needs of an S3 store. Everything a bucket has not is `undefined` or empty, never an
 * exception; any other trouble is thrown as `StoreError`.
 */
export interface ObjectStore {
  readonly endpoint: string;
  hasBucket(bucket: string): Promise<boolean>;
  createBucket(bucket: string, options: { readonly objectLock: boolean }): Promise<void>;
  deleteBucket(bucket: string): Promise<void>;
  getVersioning(bucket: string): Promise<boolean>;
  setVersioning(bucket: string, enabled: boolean): Promise<void>;
  getObjectLock(bucket: string): Promise<{ readonly enabled: boolean; readonly rule?: RetentionRule }>;
  setObjectLock(bucket: string, rule: RetentionRule | undefined): Promise<void>;
  getEncryption(bucket: string): Promise<string | undefined>;
  setEncryption(bucket: string, algorithm: "AES256" | undefined): Promise<void>;
  getLifecycle(bucket: string): Promise<readonly LifecycleRule[]>;
  setLifecycle(bucket: string, rules: readonly LifecycleRule[]): Promise<void>;
  /** The bucket's policy document, as the store spells it. */
  getPolicy(bucket: string): Promise<string | undefined>;
  setPolicy(bucket: string, policy: string | undefined): Promise<void>;
  get(bucket: string, key: string): Promise<StoredObject | undefined>;
  put(bucket: string, key: string, body: string, options?: PutOptions): Promise<PutOutcome>;
  /** Deletes the object, or one version of it for good. */
  remove(bucket: string, key: string, versionId?: string): Promise<void>;
  /** At most `limit` versions and delete markers. */
  listVersions(
    bucket: string,
    options: { readonly prefix?: string; readonly limit: number },
  ): Promise<readonly ObjectVersion[]>;
  abortUploads(bucket: string): Promise<void>;
}

/** An S3 call that failed for a reason no caller expects. */
export class StoreError extends Error {
  override readonly name = "StoreError";
  /** The store's error code, `AccessDenied` for example; empty when it gave no answer. */
  readonly code: string;
  readonly status: number | undefined;
  constructor(
    message: string,
    options: { readonly code: string; readonly status?: number; readonly cause: unknown },
  ) {
    super(message, { cause: options.cause });
    this.code = options.code;
    this.status = options.status;
  }
}
