import type { types } from "@pulumi/kubernetes";
import { ServiceAccount } from "@pulumi/kubernetes/core/v1/serviceAccount.js";
import type { ComponentResource, Input, Output } from "@pulumi/pulumi";
import { identityToken, tokenFolder } from "../plan/pod-identities.ts";
import { childOpts } from "./child-opts.ts";
import { labelsOf } from "./labels.ts";

/** What a pod that takes IAM roles has beside others: an account that the roles trust, and a token of it for STS. */
export interface PodIdentity {
  readonly account: Output<string>;
}

/**
 * Makes the account. It has no right in the cluster and no token of the cluster's API: what it is good for is its name.
 *
 * @param plan the account's name; null where the pods hold keys
 * @param component whose labels it carries
 */
export function makeIdentity(
  parent: ComponentResource,
  logicalName: string,
  plan: string | null,
  namespace: Input<string>,
  component: string,
): PodIdentity | null {
  if (plan === null) return null;
  const account = new ServiceAccount(
    logicalName,
    {
      metadata: { name: plan, namespace, labels: labelsOf(component) },
      automountServiceAccountToken: false,
    },
    childOpts(parent),
  );
  return { account: account.metadata.name };
}

/** Of a pod's spec; nothing where it holds keys. */
export function accountSpec(identity: PodIdentity | null): { readonly serviceAccountName?: Output<string> } {
  return identity === null ? {} : { serviceAccountName: identity.account };
}

/** The cluster renews the token in its file long before it ends; group read, for no container runs as root. */
export function tokenVolumes(identity: PodIdentity | null): types.input.core.v1.Volume[] {
  if (identity === null) return [];
  const serviceAccountToken = { ...identityToken, path: "token" };
  return [{ name: "identity", projected: { defaultMode: 0o440, sources: [{ serviceAccountToken }] } }];
}

export function tokenMounts(identity: PodIdentity | null): types.input.core.v1.VolumeMount[] {
  return identity === null ? [] : [{ name: "identity", mountPath: tokenFolder, readOnly: true }];
}
