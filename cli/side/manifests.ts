import { recoveryEnvironment } from "../../components/database/environment.ts";
import { copyArguments } from "../../components/database/parameters.ts";
import { paths } from "../../components/database/paths.ts";
import { type RepositorySecrets, renderRestoreConfig } from "../../components/database/pgbackrest-config.ts";
import { postgresUid } from "../../components/database/pod.ts";
import { readScripts } from "../../components/database/scripts.ts";
import { containerSecurity, podSecurity } from "../../components/pod-security.ts";
import { toRequirements } from "../../components/resources.ts";
import type { RecoveryPlan, RepositoryPlan, ResourcesPlan } from "../../plan/types.ts";

/** What a copy beside production is made of; pure. */
export interface CopyPlan {
  readonly namespace: string;
  readonly image: string;
  readonly resources: ResourcesPlan;
  readonly storageClass: string | null;
  readonly volumeBytes: number;
  readonly port: number;
  /** PostgreSQL's own; what concerns TLS, archiving and places is left out. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly repository: RepositoryPlan;
  /** PEM of the CA of that repository's store. */
  readonly ca: string;
  readonly keys: RepositorySecrets;
  readonly epoch: number;
  readonly recovery: RecoveryPlan;
  readonly systemIdentifier: string | null;
  readonly createdBy: string;
}

export const copyLabel = "holdfast.dev/side-restore";
export const copyPod = "copy";
export const copyContainer = "postgres";

type Manifest = Readonly<Record<string, unknown>>;

/** In the order in which they are made. */
export function copyManifests(plan: CopyPlan): readonly Manifest[] {
  const { namespace } = plan;
  const metadata = (name: string) => ({
    name,
    namespace,
    labels: { "app.kubernetes.io/part-of": "holdfast" },
  });
  return [
    {
      apiVersion: "v1",
      kind: "Namespace",
      metadata: {
        name: namespace,
        labels: {
          "pod-security.kubernetes.io/enforce": "restricted",
          "pod-security.kubernetes.io/warn": "restricted",
          // Only a namespace with this label is ever written to or removed again.
          [copyLabel]: "true",
        },
        annotations: { "holdfast.dev/created-by": plan.createdBy },
      },
    },
    {
      // A copy of the business's data is for who made it, by way of the cluster's own API.
      apiVersion: "networking.k8s.io/v1",
      kind: "NetworkPolicy",
      metadata: metadata("closed"),
      spec: { podSelector: {}, policyTypes: ["Ingress"] },
    },
    {
      apiVersion: "v1",
      kind: "Secret",
      metadata: metadata("pgbackrest"),
      stringData: {
        // Reader's keys alone: the writer's are never here.
        "restore.conf": renderRestoreConfig("restore", plan.repository, plan.keys, `/epochs/${plan.epoch}`),
        [`${plan.repository.name}-ca.crt`]: plan.ca,
      },
    },
    {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: metadata("scripts"),
      data: { ...readScripts() },
    },
    {
      apiVersion: "v1",
      kind: "PersistentVolumeClaim",
      metadata: metadata("data"),
      spec: {
        accessModes: ["ReadWriteOnce"],
        resources: { requests: { storage: String(plan.volumeBytes) } },
        ...(plan.storageClass === null ? {} : { storageClassName: plan.storageClass }),
      },
    },
    podOf(plan),
  ];
}

function podOf(plan: CopyPlan): Manifest {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: copyPod,
      namespace: plan.namespace,
      labels: { "app.kubernetes.io/name": copyPod, "app.kubernetes.io/part-of": "holdfast" },
    },
    spec: {
      restartPolicy: "OnFailure",
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      terminationGracePeriodSeconds: 30,
      securityContext: podSecurity(postgresUid),
      containers: [
        {
          name: copyContainer,
          image: plan.image,
          imagePullPolicy: "IfNotPresent",
          command: [`${paths.bin}/side-restore.sh`],
          args: [...copyArguments(plan.parameters), "-c", `hba_file=${paths.bin}/pg_hba_copy.conf`],
          env: Object.entries(environmentOf(plan)).map(([name, value]) => ({ name, value })),
          securityContext: containerSecurity,
          resources: toRequirements(plan.resources),
          readinessProbe: { exec: { command: ["test", "-e", `${paths.state}/ready`] }, periodSeconds: 1 },
          volumeMounts: [
            { name: "data", mountPath: paths.volume },
            ...scratch.map(([name, mountPath]) => ({ name, mountPath })),
            { name: "shm", mountPath: "/dev/shm" },
            { name: "scripts", mountPath: paths.bin, readOnly: true },
            { name: "config", mountPath: paths.config, readOnly: true },
            { name: "config", mountPath: paths.tls, readOnly: true },
          ],
        },
      ],
      volumes: [
        { name: "data", persistentVolumeClaim: { claimName: "data" } },
        { name: "shm", emptyDir: { medium: "Memory", sizeLimit: "256Mi" } },
        ...scratch.map(([name]) => ({ name, emptyDir: {} })),
        { name: "scripts", configMap: { name: "scripts", defaultMode: 0o555 } },
        { name: "config", secret: { secretName: "pgbackrest", defaultMode: 0o440 } },
      ],
    },
  };
}

const scratch = [
  ["tmp", "/tmp"],
  ["socket", paths.socket],
  ["state", paths.state],
  ["lock", paths.lock],
  ["log", paths.log],
  ["spool", paths.spool],
] as const;

function environmentOf(plan: CopyPlan): Readonly<Record<string, string>> {
  return {
    PGDATA: paths.pgData,
    PGHOST: paths.socket,
    PGPORT: String(plan.port),
    HF_STANZA: plan.repository.stanza,
    HF_EPOCH: String(plan.epoch),
    HF_SIDE_CONFIG: "restore",
    HF_SIDE_LISTEN: "127.0.0.1",
    HF_CLAIM_BYTES: String(plan.volumeBytes),
    HF_SYSTEM_IDENTIFIER: plan.systemIdentifier ?? "",
    ...recoveryEnvironment(plan.recovery),
  };
}
