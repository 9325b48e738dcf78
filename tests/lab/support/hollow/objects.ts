import {
  type KubeConfig,
  type KubernetesObject,
  KubernetesObjectApi,
  type V1PersistentVolume,
} from "@kubernetes/client-node";

/** What holdfast makes, and what Kubernetes makes of it. */
const kinds = [
  ["v1", "Namespace"],
  ["v1", "PersistentVolumeClaim"],
  ["v1", "PersistentVolume"],
  ["v1", "ConfigMap"],
  ["v1", "Secret"],
  ["v1", "Service"],
  ["v1", "Pod"],
  ["apps/v1", "StatefulSet"],
  ["apps/v1", "Deployment"],
  ["apps/v1", "ReplicaSet"],
  ["batch/v1", "CronJob"],
  ["batch/v1", "Job"],
  ["networking.k8s.io/v1", "NetworkPolicy"],
  ["policy/v1", "PodDisruptionBudget"],
] as const;

const ofCluster = ["default", "kube-node-lease", "kube-public", "kube-system"];

/** Everything in the cluster that an empty one does not have, as `Kind namespace/name`, sorted; a volume by its claim. */
export async function objectsOf(config: KubeConfig): Promise<readonly string[]> {
  const api = KubernetesObjectApi.makeApiClient(config);
  const found = await Promise.all(
    kinds.map(async ([apiVersion, kind]) =>
      (await api.list<KubernetesObject & Partial<V1PersistentVolume>>(apiVersion, kind)).items.map(
        ({ metadata, spec }) => {
          const named = kind === "PersistentVolume" ? spec?.claimRef : metadata;
          return { kind, name: named?.name ?? "", namespace: named?.namespace ?? "" };
        },
      ),
    ),
  );
  return found
    .flat()
    .filter(({ kind, name, namespace }) => {
      if (ofCluster.includes(kind === "Namespace" ? name : namespace)) return false;
      return name !== "kube-root-ca.crt";
    })
    .map(({ kind, name, namespace }) => `${kind} ${namespace === "" ? "" : `${namespace}/`}${name}`)
    .sort();
}
