/** Labels of a workload's objects. The selector is the two that never change: it is immutable in Kubernetes. */
export function labelsOf(name: string): { readonly [key: string]: string } {
  return { ...selectorOf(name), "app.kubernetes.io/managed-by": "pulumi" };
}

export function selectorOf(name: string): { readonly [key: string]: string } {
  return { "app.kubernetes.io/name": name, "app.kubernetes.io/part-of": "holdfast" };
}

/**
 * An engine that waits for a service's endpoints hangs for ten minutes where the
 * plan says 0 replicas, and a claim that binds at its first consumer never binds
 * there. Readiness is the workload's to tell, and it is waited for there.
 */
export const skipAwait = { "pulumi.com/skipAwait": "true" } as const;

/** In a pod template: the pod is replaced when what it mounts has changed. */
export const configAnnotation = "holdfast.dev/config";
/** In a pod template: a new term rolls the pod. */
export const epochAnnotation = "holdfast.dev/epoch";
