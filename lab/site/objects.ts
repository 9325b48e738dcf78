import type { SiteName } from "../net/addresses.ts";
import { kubernetesUsers } from "../secrets/secrets.ts";
import { inside } from "./kubernetes.ts";

/** How many volumes a site offers at once; one that is given back is emptied and offered again. */
export const volumeCount = 16;
export const storageClass = "local";
/** Nothing enforces it (the disk is the machine's); large enough for any claim of the lab. */
const volumeCapacity = "50Gi";

interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly [field: string]: unknown;
}

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

/** What a new cluster lacks before it is of use: rights of our own parts, storage. Applied at each start. */
export function siteObjects(site: SiteName): readonly KubernetesObject[] {
  return [
    ...grant("holdfast:kube-router", kubernetesUsers.router.commonName, [
      reading("", "namespaces", "pods", "services", "nodes", "endpoints", "configmaps"),
      reading("networking.k8s.io", "networkpolicies"),
      reading("discovery.k8s.io", "endpointslices"),
      { apiGroups: [""], resources: ["events"], verbs: ["create", "patch"] },
    ]),
    ...grant("holdfast:coredns", kubernetesUsers.dns.commonName, [
      reading("", "namespaces", "pods", "services", "endpoints"),
      reading("discovery.k8s.io", "endpointslices"),
    ]),
    ...grant("holdfast:volumes", kubernetesUsers.volumes.commonName, [
      { apiGroups: [""], resources: ["persistentvolumes"], verbs: ["get", "list", "watch", "patch"] },
    ]),
    bind("holdfast:apiserver", "system:kubelet-api-admin", "holdfast:apiserver"),
    {
      apiVersion: "storage.k8s.io/v1",
      kind: "StorageClass",
      metadata: {
        name: storageClass,
        annotations: { "storageclass.kubernetes.io/is-default-class": "true" },
      },
      provisioner: "kubernetes.io/no-provisioner",
      volumeBindingMode: "WaitForFirstConsumer",
      reclaimPolicy: "Retain",
    },
    ...Array.from({ length: volumeCount }, (_, index) => volume(site, index + 1)),
  ];
}

export function renderSiteObjects(site: SiteName): string {
  return `${JSON.stringify({ apiVersion: "v1", kind: "List", items: siteObjects(site) }, null, 2)}\n`;
}

export function volumeName(site: SiteName, number: number): string {
  return `${site}-${String(number).padStart(2, "0")}`;
}

function volume(site: SiteName, number: number): KubernetesObject {
  const name = volumeName(site, number);
  return {
    apiVersion: "v1",
    kind: "PersistentVolume",
    metadata: { name, labels: { "app.kubernetes.io/managed-by": "holdfast-lab" } },
    spec: {
      capacity: { storage: volumeCapacity },
      accessModes: ["ReadWriteOnce"],
      persistentVolumeReclaimPolicy: "Retain",
      storageClassName: storageClass,
      local: { path: `${inside.volumes}/${name}` },
      nodeAffinity: {
        required: {
          nodeSelectorTerms: [
            { matchExpressions: [{ key: "kubernetes.io/hostname", operator: "In", values: [site] }] },
          ],
        },
      },
    },
  };
}

function reading(apiGroup: string, ...resources: readonly string[]): Rule {
  return { apiGroups: [apiGroup], resources, verbs: ["get", "list", "watch"] };
}

function grant(name: string, user: string, rules: readonly Rule[]): readonly KubernetesObject[] {
  return [
    { apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRole", metadata: { name }, rules },
    bind(name, name, user),
  ];
}

function bind(name: string, role: string, user: string): KubernetesObject {
  return {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRoleBinding",
    metadata: { name },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: role },
    subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: user }],
  };
}
