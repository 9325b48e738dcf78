import { Provider as KubernetesProvider } from "@pulumi/kubernetes/provider.js";
import { Provider as RandomProvider } from "@pulumi/random/provider.js";
import type { SitePlan } from "../plan/types.ts";
import type { Provider as HoldfastProvider } from "../provider/sdk/index.ts";
import { makeHoldfastProvider } from "./holdfast-provider.ts";
import type { ResolveSecret } from "./secrets.ts";

/**
 * A site's providers, each explicit. The kubeconfig is the surroundings' ($KUBECONFIG)
 * and only its context is named: contents would end in state. The identifier stays
 * the same when certificates change; without it such a change would replace everything.
 */
export function makeSiteProviders(
  plan: SitePlan,
  secrets: ResolveSecret,
): { kubernetes: KubernetesProvider; random: RandomProvider; holdfast: HoldfastProvider } {
  return {
    kubernetes: new KubernetesProvider("kubernetes", {
      context: plan.cluster.context,
      clusterIdentifier: plan.cluster.identifier,
      // Changed in place, with a digest in the pod template: replaced, they would be missing for a moment.
      enableConfigMapMutable: true,
      enableSecretMutable: true,
    }),
    random: new RandomProvider("random"),
    holdfast: makeHoldfastProvider(plan.providers, secrets),
  };
}
