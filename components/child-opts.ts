import type { ComponentResource, CustomResourceOptions, ProviderResource, Resource } from "@pulumi/pulumi";

/** What a plan says about a resource that holds something irreplaceable. */
export interface Keeping {
  readonly protect: boolean;
  readonly retainOnDelete: boolean;
}

export interface ChildOptions {
  readonly keeping?: Keeping;
  /** Ordering beyond what inputs already say; never by parenting. */
  readonly dependsOn?: readonly Resource[];
  /** Time-outs come from the plan's budgets: the engine's own ten minutes are shorter than a real restore. */
  readonly timeoutSeconds?: number;
  readonly secretOutputs?: readonly string[];
  /** Where a package has two, the one that is not inherited: of another region and account. */
  readonly provider?: ProviderResource;
}

/**
 * The one place where options of children are composed. Providers are inherited
 * from the parent, by package: a child names one only where a package has two, and
 * with default providers disabled a missing one is an error.
 */
export function childOpts(parent: ComponentResource, options: ChildOptions = {}): CustomResourceOptions {
  const { keeping, dependsOn, provider, timeoutSeconds, secretOutputs } = options;
  const timeout = timeoutSeconds === undefined ? undefined : `${timeoutSeconds}s`;
  return {
    parent,
    ...(keeping === undefined ? {} : { protect: keeping.protect, retainOnDelete: keeping.retainOnDelete }),
    ...(dependsOn === undefined ? {} : { dependsOn: [...dependsOn] }),
    ...(provider === undefined ? {} : { provider }),
    ...(timeout === undefined ? {} : { customTimeouts: { create: timeout, update: timeout } }),
    ...(secretOutputs === undefined ? {} : { additionalSecretOutputs: [...secretOutputs] }),
  };
}
