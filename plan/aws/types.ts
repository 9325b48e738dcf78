/** What an explicit AWS provider is given. Credentials come from its surroundings (a pipeline's OIDC role, a profile), never from a stack file. */
export interface AwsProviderPlan {
  readonly region: string;
  /** The provider refuses any other account: a wrong profile changes nothing. */
  readonly accountId: string;
  /** The role to take there; null for the surroundings' own identity. */
  readonly roleArn: string | null;
  readonly tags: Readonly<Record<string, string>>;
}

/** The third place at Amazon's: every document is JSON that needs no answer of AWS. */
export interface AwsStoragePlan {
  readonly key: AwsKeyPlan;
  readonly logs: AwsBucketPlan;
  readonly buckets: readonly AwsBucketPlan[];
  readonly replica: AwsReplicaPlan;
  readonly identities: readonly AwsIdentityPlan[];
}

export interface AwsKeyPlan {
  readonly logicalName: string;
  readonly description: string;
  /** With `alias/`: policies name the key by it, for its id is known only when it is there. */
  readonly alias: string;
  readonly policy: string;
  readonly deletionDays: number;
  readonly protect: boolean;
  readonly retainOnDelete: boolean;
}

export interface AwsBucketPlan {
  readonly logicalName: string;
  readonly bucketName: string;
  readonly versioning: boolean;
  readonly objectLock: { readonly mode: "COMPLIANCE" | "GOVERNANCE"; readonly days: number } | null;
  /** `key`: the key of this place; `service`: S3's own, the only one that log delivery takes. */
  readonly encryption: "key" | "service";
  readonly policy: string;
  readonly lifecycle: {
    readonly noncurrentDays: number | null;
    readonly abortIncompleteUploadDays: number;
    /** Age at which current objects go: of logs alone. */
    readonly expireDays: number | null;
  };
  /** First part of its access logs' names; null for one that keeps none. */
  readonly logPrefix: string | null;
  readonly protect: boolean;
  readonly retainOnDelete: boolean;
}

export interface AwsReplicaPlan {
  readonly accountId: string;
  /** False within one account: then the objects' owner is the same, and S3 refuses to change it. */
  readonly otherAccount: boolean;
  readonly timeControl: boolean;
  readonly key: AwsKeyPlan;
  /** Which bucket of the third place goes where. */
  readonly pairs: readonly { readonly source: string; readonly destination: AwsBucketPlan }[];
  readonly role: { readonly name: string; readonly trust: string; readonly policy: string };
}

export const awsIdentityNames = ["writer", "reader", "recorder", "documents", "keeper"] as const;
export type AwsIdentityName = (typeof awsIdentityNames)[number];

export interface AwsIdentityPlan {
  readonly identity: AwsIdentityName;
  /** Of role and user alike. */
  readonly name: string;
  readonly purpose: string;
  /** What it may do, as JSON: the same for its role and its user. */
  readonly policy: string;
  /** Who may take the role, as JSON; null where nobody may, and there is no role. */
  readonly trust: string | null;
  /** A user for pods that cannot take a role. Its keys are a person's to make. */
  readonly user: boolean;
}
