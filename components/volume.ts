import { PersistentVolumeClaim } from "@pulumi/kubernetes/core/v1/persistentVolumeClaim.js";
import type { ComponentResource, Input } from "@pulumi/pulumi";
import type { VolumePlan } from "../plan/types.ts";
import { childOpts } from "./child-opts.ts";
import { skipAwait } from "./labels.ts";
import { formatQuantity } from "./quantity.ts";

/**
 * A volume claim as a resource of its own, mounted by name. One that a
 * StatefulSet's template made would be nobody's: it could be neither protected
 * nor found again when the set is replaced.
 */
export function makeVolume(
  parent: ComponentResource,
  name: string,
  plan: VolumePlan,
  namespace: Input<string>,
  labels: Readonly<Record<string, string>>,
): PersistentVolumeClaim {
  return new PersistentVolumeClaim(
    `${name}-volume`,
    {
      metadata: { name: plan.claimName, namespace, labels: { ...labels }, annotations: { ...skipAwait } },
      spec: {
        accessModes: ["ReadWriteOnce"],
        resources: { requests: { storage: formatQuantity(plan.sizeBytes) } },
        ...(plan.storageClass === null ? {} : { storageClassName: plan.storageClass }),
      },
    },
    childOpts(parent, { keeping: plan }),
  );
}
