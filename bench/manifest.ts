import { parameterArguments } from "../components/database/parameters.ts";
import { paths } from "../components/database/paths.ts";
import { containerSecurity, podSecurity } from "../components/pod-security.ts";
import { backupJobResources, sidecarResources, toRequirements } from "../components/resources.ts";
import type { DatabasePlan } from "../plan/types.ts";
import { benchBuckets } from "./configs.ts";
import { type Container, containers } from "./things.ts";

export const benchNamespace = "holdfast-bench";
export const benchPod = "bench";

/** Where bench's own scripts and files lie in the pod. */
const benchPaths = { bin: "/bench/bin", config: "/bench/config" } as const;

export interface ManifestInputs {
  readonly plan: DatabasePlan;
  readonly stanza: string;
  readonly sitePushTimeoutSeconds: number;
  readonly alternativesImage: string;
  readonly endpoint: string;
  readonly region: string;
  /** Path below the buckets: each cluster that is measured has its own. */
  readonly prefix: string;
  readonly configs: Readonly<Record<string, string>>;
  readonly tls: Readonly<Record<"ca.crt" | "tls.crt" | "tls.key" | "offsite-ca.crt" | "site-ca.crt", string>>;
  /** The product's scripts, and the bench's. */
  readonly scripts: Readonly<Record<string, string>>;
  readonly benchScripts: Readonly<Record<string, string>>;
}

type KubernetesObject = Readonly<Record<string, unknown>>;

/** Everything in the namespace of its own, whose deletion takes all of it away. */
export function renderManifest(inputs: ManifestInputs): string {
  const named = (name: string) => ({ name, namespace: benchNamespace });
  const items: readonly KubernetesObject[] = [
    {
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name: benchNamespace, labels: { "pod-security.kubernetes.io/enforce": "restricted" } },
    },
    {
      apiVersion: "v1",
      kind: "PersistentVolumeClaim",
      metadata: named("data"),
      spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "20Gi" } } },
    },
    { apiVersion: "v1", kind: "Secret", metadata: named("configs"), stringData: { ...inputs.configs } },
    { apiVersion: "v1", kind: "Secret", metadata: named("tls"), stringData: { ...inputs.tls } },
    { apiVersion: "v1", kind: "ConfigMap", metadata: named("scripts"), data: { ...inputs.scripts } },
    { apiVersion: "v1", kind: "ConfigMap", metadata: named("bench"), data: { ...inputs.benchScripts } },
    {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: named("server"),
      data: {
        parameters: `${parameterArguments(inputs.plan.parameters, "active").join("\n")}\n`,
        "pg_hba.conf": `local replication all peer\n${inputs.scripts["pg_hba.conf"] ?? ""}`,
      },
    },
    { apiVersion: "v1", kind: "Pod", metadata: named(benchPod), spec: podSpec(inputs) },
  ];
  return JSON.stringify({ apiVersion: "v1", kind: "List", items });
}

/** As the database's pod and its jobs, in one pod: same user, same paths, same limits of each container. */
function podSpec(inputs: ManifestInputs): KubernetesObject {
  return {
    restartPolicy: "Never",
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    terminationGracePeriodSeconds: 5,
    securityContext: podSecurity(uid),
    // The job reaches the server by its service's name.
    hostAliases: [{ ip: "127.0.0.1", hostnames: [paths.serverName] }],
    containers: containers.map((name) => ({
      name,
      image: name === "alternatives" ? inputs.alternativesImage : inputs.plan.image,
      imagePullPolicy: "IfNotPresent",
      command: name === "pgbackrest" ? serverCommand : idleCommand,
      env: environment(inputs),
      securityContext: containerSecurity,
      resources: resourcesOf(name, inputs.plan),
      volumeMounts: mountsOf(name),
    })),
    volumes: [
      { name: "data", persistentVolumeClaim: { claimName: "data" } },
      { name: "shm", emptyDir: { medium: "Memory", sizeLimit: "256Mi" } },
      ...scratchFolders.map((folder) => ({ name: folder, emptyDir: {} })),
      ...containers.map((name) => ({ name: tmpOf(name), emptyDir: {} })),
      { name: "scripts", configMap: { name: "scripts", defaultMode: 0o555 } },
      { name: "bench", configMap: { name: "bench", defaultMode: 0o555 } },
      { name: "server", configMap: { name: "server", defaultMode: 0o444 } },
      { name: "configs", secret: { secretName: "configs", defaultMode: 0o440 } },
      { name: "tls", secret: { secretName: "tls", defaultMode: 0o440 } },
    ],
  };
}

/** The image's postgres user, in both images. */
const uid = 999;
const scratchFolders = ["socket", "state", "lock", "log", "spool"] as const;
const tmpOf = (name: Container): string => `tmp-${name}`;

const serverCommand = ["pgbackrest", `--config=${paths.config}/server-offsite.conf`, "server"];
/** Bash as first process takes in the orphans that commands leave, a server that was stopped among them. */
const idleCommand = ["bash", "-c", "trap 'exit 0' TERM; while :; do sleep 3600 & wait $!; done"];

function mountsOf(name: Container): readonly KubernetesObject[] {
  return [
    { name: "data", mountPath: paths.volume },
    { name: tmpOf(name), mountPath: "/tmp" },
    { name: "shm", mountPath: "/dev/shm" },
    ...scratchFolders.map((folder) => ({ name: folder, mountPath: paths[folder] })),
    { name: "scripts", mountPath: paths.bin, readOnly: true },
    { name: "configs", mountPath: paths.config, readOnly: true },
    { name: "tls", mountPath: paths.tls, readOnly: true },
    { name: "bench", mountPath: benchPaths.bin, readOnly: true },
    { name: "server", mountPath: benchPaths.config, readOnly: true },
  ];
}

function environment(inputs: ManifestInputs): readonly { readonly name: string; readonly value: string }[] {
  return Object.entries({
    PGDATA: paths.pgData,
    PGHOST: paths.socket,
    PGPORT: String(inputs.plan.port),
    HF_STANZA: inputs.stanza,
    // A job's record is part of a backup: here it goes beside the sets, and away with them.
    HF_SITE: "bench",
    HF_EPOCH: "0",
    HF_RECORDS_URL: `${inputs.endpoint}/${benchBuckets.offsite}`,
    HF_SITE_PUSH_TIMEOUT: String(inputs.sitePushTimeoutSeconds),
    BENCH_ENDPOINT: inputs.endpoint,
    BENCH_BARMAN_BUCKET: benchBuckets.barman,
    BENCH_PREFIX: inputs.prefix,
    AWS_SHARED_CREDENTIALS_FILE: `${paths.config}/aws-credentials`,
    AWS_DEFAULT_REGION: inputs.region,
    AWS_CA_BUNDLE: `${paths.tls}/offsite-ca.crt`,
    // Today's default, a checksum after the body, is more than some stores read.
    AWS_REQUEST_CHECKSUM_CALCULATION: "when_required",
    AWS_RESPONSE_CHECKSUM_VALIDATION: "when_required",
  }).map(([name, value]) => ({ name, value }));
}

/** The backup job's and the sidecar's are the product's; all others have what the database has. */
function resourcesOf(name: Container, plan: DatabasePlan): KubernetesObject {
  if (name === "job") return { ...backupJobResources };
  return { ...(name === "pgbackrest" ? sidecarResources : toRequirements(plan.resources)) };
}
