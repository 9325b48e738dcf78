import * as pulumi from "@pulumi/pulumi";

export interface ObjectLockArgs {
  /** `COMPLIANCE`: nobody can shorten it, the store's owner included. */
  readonly mode: pulumi.Input<"COMPLIANCE" | "GOVERNANCE">;
  readonly days: pulumi.Input<number>;
}

export interface LifecycleArgs {
  /** Days after which a version that is not the current one is removed. */
  readonly noncurrentDays?: pulumi.Input<number>;
  /** Days after which an upload that was never finished is removed. */
  readonly abortIncompleteUploadDays?: pulumi.Input<number>;
  /** @default every object */
  readonly prefix?: pulumi.Input<string>;
}

export interface BucketArgs {
  /** The bucket's name; another one makes another bucket. */
  readonly name: pulumi.Input<string>;
  /**
   * Retention of every new object. Needs `versioning`. Taking it away stops locking new objects; what is
   * locked stays so.
   * @default none
   */
  readonly objectLock?: pulumi.Input<ObjectLockArgs>;
  /** @default false */
  readonly versioning?: pulumi.Input<boolean>;
  /**
   * Proved by an object that goes through it: a store may accept the setting and then refuse every write.
   * @default "none"
   */
  readonly defaultEncryption?: pulumi.Input<"AES256" | "none">;
  /** The bucket's only lifecycle rule: rules that others add are drift. @default none */
  readonly lifecycle?: pulumi.Input<LifecycleArgs>;
  /**
   * The bucket's policy document, JSON. Its spelling does not count: order and spaces are no change.
   * @default none
   */
  readonly policy?: pulumi.Input<string>;
  /** Lets destroy delete the objects too. @default false, because they are backups */
  readonly forceDestroy?: pulumi.Input<boolean>;
}

/** An S3 bucket with all of its settings; a setting changed outside is drift. */
export class Bucket extends pulumi.CustomResource {
  declare readonly name: pulumi.Output<string>;
  declare readonly versioning: pulumi.Output<boolean>;
  declare readonly defaultEncryption: pulumi.Output<"AES256" | "none">;
  declare readonly objectLock: pulumi.Output<{ mode: "COMPLIANCE" | "GOVERNANCE"; days: number } | undefined>;
  declare readonly lifecycle: pulumi.Output<
    { noncurrentDays?: number; abortIncompleteUploadDays?: number; prefix?: string } | undefined
  >;
  declare readonly policy: pulumi.Output<string | undefined>;
  declare readonly forceDestroy: pulumi.Output<boolean>;
  /** Lifecycle rules somebody else added; any is drift. */
  declare readonly foreignLifecycleRules: pulumi.Output<string[]>;

  constructor(name: string, args: BucketArgs, opts?: pulumi.CustomResourceOptions) {
    super("holdfast:index:Bucket", name, { ...args, foreignLifecycleRules: undefined }, opts);
  }
}
