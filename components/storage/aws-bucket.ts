import { Bucket } from "@pulumi/aws/s3/bucket.js";
import { BucketLifecycleConfiguration } from "@pulumi/aws/s3/bucketLifecycleConfiguration.js";
import { BucketLogging } from "@pulumi/aws/s3/bucketLogging.js";
import { BucketObjectLockConfiguration } from "@pulumi/aws/s3/bucketObjectLockConfiguration.js";
import { BucketOwnershipControls } from "@pulumi/aws/s3/bucketOwnershipControls.js";
import { BucketPolicy } from "@pulumi/aws/s3/bucketPolicy.js";
import { BucketPublicAccessBlock } from "@pulumi/aws/s3/bucketPublicAccessBlock.js";
import { BucketServerSideEncryptionConfiguration } from "@pulumi/aws/s3/bucketServerSideEncryptionConfiguration.js";
import { BucketVersioning } from "@pulumi/aws/s3/bucketVersioning.js";
import {
  ComponentResource,
  type ComponentResourceOptions,
  type CustomResourceOptions,
  type Input,
  type Output,
  type ProviderResource,
  type Resource,
} from "@pulumi/pulumi";
import type { AwsBucketPlan } from "../../plan/aws/types.ts";
import { childOpts } from "../child-opts.ts";

export interface AwsBucketArgs {
  readonly plan: AwsBucketPlan;
  readonly keyArn: Input<string>;
  /** Takes the access logs. @default none are kept */
  readonly logs?: AwsBucket;
  /** @default the inherited one */
  readonly provider?: ProviderResource;
}

/** A bucket with each of its settings as a resource of its own, as the provider has them. */
export class AwsBucket extends ComponentResource {
  readonly bucketName: Output<string>;
  readonly arn: Output<string>;
  readonly policy: BucketPolicy;
  /** What must be there before something may be copied from here, or to here. */
  readonly versions: readonly Resource[];

  private readonly plan: AwsBucketPlan;
  private readonly provider: ProviderResource | undefined;

  constructor(name: string, args: AwsBucketArgs, opts: ComponentResourceOptions) {
    super("holdfast:storage:AwsBucket", name, {}, opts);
    this.plan = args.plan;
    this.provider = args.provider;
    const bucket = this.makeBucket(name);
    const versioning = this.makeVersioning(name, bucket);
    const lock = this.makeLock(name, bucket, versioning);
    this.makeEncryption(name, bucket, args.keyArn);
    const closed = this.makeClosed(name, bucket);
    this.policy = this.makePolicy(name, bucket, closed);
    this.makeLifecycle(name, bucket, versioning);
    this.makeLogging(name, bucket, args.logs);
    this.bucketName = bucket.bucket;
    this.arn = bucket.arn;
    this.versions = lock === undefined ? versioning : [...versioning, lock];
    this.registerOutputs({ bucketName: this.bucketName });
  }

  /** Kept with the bucket: a setting that a destroy could take away first would leave the bucket open. */
  private options(dependsOn: readonly Resource[] = []): CustomResourceOptions {
    return childOpts(this, {
      keeping: this.plan,
      ...(this.provider === undefined ? {} : { provider: this.provider }),
      ...(dependsOn.length === 0 ? {} : { dependsOn }),
    });
  }

  private makeBucket(name: string): Bucket {
    return new Bucket(
      name,
      { bucket: this.plan.bucketName, objectLockEnabled: this.plan.objectLock !== null, forceDestroy: false },
      this.options(),
    );
  }

  private makeVersioning(name: string, bucket: Bucket): readonly BucketVersioning[] {
    if (!this.plan.versioning) return [];
    return [
      new BucketVersioning(
        `${name}-versioning`,
        { bucket: bucket.bucket, versioningConfiguration: { status: "Enabled" } },
        this.options(),
      ),
    ];
  }

  private makeLock(
    name: string,
    bucket: Bucket,
    versioning: readonly Resource[],
  ): BucketObjectLockConfiguration | undefined {
    const { objectLock } = this.plan;
    if (objectLock === null) return undefined;
    return new BucketObjectLockConfiguration(
      `${name}-lock`,
      { bucket: bucket.bucket, rule: { defaultRetention: { mode: objectLock.mode, days: objectLock.days } } },
      this.options(versioning),
    );
  }

  private makeEncryption(name: string, bucket: Bucket, keyArn: Input<string>): void {
    const own = this.plan.encryption === "key";
    new BucketServerSideEncryptionConfiguration(
      `${name}-encryption`,
      {
        bucket: bucket.bucket,
        rules: [
          {
            applyServerSideEncryptionByDefault: own
              ? { sseAlgorithm: "aws:kms", kmsMasterKeyId: keyArn }
              : { sseAlgorithm: "AES256" },
            // One request to KMS for many objects: a backup of bundles would pay for each otherwise.
            ...(own ? { bucketKeyEnabled: true } : {}),
          },
        ],
      },
      this.options(),
    );
  }

  private makeClosed(name: string, bucket: Bucket): readonly Resource[] {
    return [
      new BucketPublicAccessBlock(
        `${name}-public-access`,
        {
          bucket: bucket.bucket,
          blockPublicAcls: true,
          blockPublicPolicy: true,
          ignorePublicAcls: true,
          restrictPublicBuckets: true,
        },
        this.options(),
      ),
      new BucketOwnershipControls(
        `${name}-ownership`,
        { bucket: bucket.bucket, rule: { objectOwnership: "BucketOwnerEnforced" } },
        this.options(),
      ),
    ];
  }

  /** After the two before it: S3 takes one change of a bucket's access at a time, and answers others with a conflict. */
  private makePolicy(name: string, bucket: Bucket, closed: readonly Resource[]): BucketPolicy {
    return new BucketPolicy(
      `${name}-policy`,
      { bucket: bucket.bucket, policy: this.plan.policy },
      this.options(closed),
    );
  }

  /** No rule by age on current objects but the logs': it would delete the repository's archive.info. */
  private makeLifecycle(name: string, bucket: Bucket, versioning: readonly Resource[]): void {
    const { noncurrentDays, abortIncompleteUploadDays, expireDays } = this.plan.lifecycle;
    new BucketLifecycleConfiguration(
      `${name}-lifecycle`,
      {
        bucket: bucket.bucket,
        rules: [
          {
            id: "unfinished-uploads",
            status: "Enabled",
            filter: { prefix: "" },
            abortIncompleteMultipartUpload: { daysAfterInitiation: abortIncompleteUploadDays },
          },
          ...(noncurrentDays === null
            ? []
            : [
                {
                  id: "noncurrent-versions",
                  status: "Enabled",
                  filter: { prefix: "" },
                  noncurrentVersionExpiration: { noncurrentDays },
                  // A marker with no version beneath it is all that is left then.
                  ...(expireDays === null ? { expiration: { expiredObjectDeleteMarker: true } } : {}),
                },
              ]),
          ...(expireDays === null
            ? []
            : [
                {
                  id: "old-logs",
                  status: "Enabled",
                  filter: { prefix: "" },
                  expiration: { days: expireDays },
                },
              ]),
        ],
      },
      this.options(versioning),
    );
  }

  private makeLogging(name: string, bucket: Bucket, logs: AwsBucket | undefined): void {
    const { logPrefix } = this.plan;
    if (logPrefix === null) return;
    if (logs === undefined)
      throw new Error(`the plan keeps access logs of ${name}, and there is no bucket for them`);
    new BucketLogging(
      `${name}-logging`,
      { bucket: bucket.bucket, targetBucket: logs.bucketName, targetPrefix: logPrefix },
      this.options([logs.policy]),
    );
  }
}
