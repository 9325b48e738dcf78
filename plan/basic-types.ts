/** What plans of several parts are made of. */

/** Where a secret's value comes from: key of the resolved secrets that index.ts hands to the components. */
export interface SecretRef {
  readonly secret: string;
}

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
