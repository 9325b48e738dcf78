/** What plans of several parts are made of. */

/** Where a secret's value comes from: key of the resolved secrets that index.ts hands to the components. */
export interface SecretRef {
  readonly secret: string;
}

/** A store's keys. */
export interface KeysRef {
  readonly accessKey: SecretRef;
  readonly secretKey: SecretRef;
}

/** An IAM role that a pod takes with its service account's token, in place of keys. */
export interface RoleRef {
  readonly role: string;
  /** Host of the region's STS: what the global one gives, opt-in regions and other partitions do not take. */
  readonly stsHost: string;
}

export type IdentityRef = KeysRef | RoleRef;

export interface VolumePlan {
  readonly claimName: string;
  readonly storageClass: string | null;
  readonly sizeBytes: number;
  readonly protect: boolean;
  readonly retainOnDelete: boolean;
}

export interface ResourcesPlan {
  readonly requests: { readonly cpu: string; readonly memory: string };
  readonly limits: { readonly cpu?: string; readonly memory: string };
}
