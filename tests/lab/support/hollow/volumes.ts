// Stands in for a storage class that provisions: a claim whose first pod was placed gets a volume that holds nothing, and
// a volume whose claim is gone goes too.
import {
  CoreV1Api,
  type KubeConfig,
  StorageV1Api,
  type V1PersistentVolume,
  type V1PersistentVolumeClaim,
} from "@kubernetes/client-node";
import { settleEach } from "./watch.ts";

const storageClass = "hollow";
const provisioner = "holdfast.dev/hollow";

export async function startHollowVolumes(config: KubeConfig): Promise<() => Promise<void>> {
  const core = config.makeApiClient(CoreV1Api);
  await config.makeApiClient(StorageV1Api).createStorageClass({
    body: {
      metadata: {
        name: storageClass,
        annotations: { "storageclass.kubernetes.io/is-default-class": "true" },
      },
      provisioner,
      reclaimPolicy: "Delete",
      volumeBindingMode: "WaitForFirstConsumer",
    },
  });
  const stopClaims = await settleEach(
    config,
    "/api/v1/persistentvolumeclaims",
    () => core.listPersistentVolumeClaimForAllNamespaces(),
    async (claim) => {
      const volume = volumeFor(claim);
      if (volume !== undefined) await core.createPersistentVolume({ body: volume }).catch(unlessThere);
      return "settled";
    },
  );
  const stopVolumes = await settleEach(
    config,
    "/api/v1/persistentvolumes",
    () => core.listPersistentVolume(),
    async ({ metadata, status }) => {
      if (status?.phase === "Released" && metadata?.deletionTimestamp === undefined)
        await core.deletePersistentVolume({ name: metadata?.name ?? "" });
      return "settled";
    },
  );
  return async () => {
    await stopClaims();
    await stopVolumes();
  };
}

function volumeFor({ metadata, spec }: V1PersistentVolumeClaim): V1PersistentVolume | undefined {
  const placed = metadata?.annotations?.["volume.kubernetes.io/selected-node"] !== undefined;
  if (!placed || spec?.volumeName !== undefined || spec?.storageClassName !== storageClass) return undefined;
  const { name = "", namespace = "", uid = "" } = metadata ?? {};
  return {
    metadata: { name: `pvc-${uid}`, annotations: { "pv.kubernetes.io/provisioned-by": provisioner } },
    spec: {
      capacity: { ...spec.resources?.requests },
      accessModes: spec.accessModes ?? [],
      storageClassName: storageClass,
      persistentVolumeReclaimPolicy: "Delete",
      claimRef: { apiVersion: "v1", kind: "PersistentVolumeClaim", name, namespace, uid },
      hostPath: { path: `/hollow/${uid}` },
    },
  };
}

function unlessThere(error: unknown): void {
  if ((error as { readonly code?: number }).code !== 409) throw error;
}
