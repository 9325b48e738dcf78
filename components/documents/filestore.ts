import type { types } from "@pulumi/kubernetes";
import type { Input } from "@pulumi/pulumi";
import type { DocumentsPlan } from "../../plan/types.ts";
import { type PodIdentity, tokenMounts, tokenVolumes } from "../identity.ts";
import { containerSecurity } from "../pod-security.ts";
import { documentPaths } from "./paths.ts";
import { rcloneEnvironment } from "./rclone-conf.ts";

type Container = types.input.core.v1.Container;

/** What a service's pod needs to fill its files, and to push them. */
export interface Filestore {
  readonly plan: DocumentsPlan;
  readonly site: string;
  readonly identity: PodIdentity | null;
  readonly configSecret: Input<string>;
  readonly scriptsMap: Input<string>;
  /** Digest of both: a pod is replaced when they change. */
  readonly digest: Input<string>;
}

/** Small, and away from what it stands beside: a first comparison of many files takes its time. */
const resources: types.input.core.v1.ResourceRequirements = {
  requests: { cpu: "10m", memory: "32Mi" },
  limits: { memory: "256Mi" },
};

/** Init container: the files are there before the service starts. */
export function fillContainer(
  filestore: Filestore,
  folder: string,
  mount: types.input.core.v1.VolumeMount,
): Container {
  return {
    ...containerOf(filestore, folder, mount),
    name: "documents-fill",
    command: ["bash", `${documentPaths.bin}/fill.sh`],
  };
}

/** Sidecar: new files go to the third place. None where another site's do. */
export function pushContainers(
  filestore: Filestore,
  folder: string,
  mount: types.input.core.v1.VolumeMount,
): Container[] {
  if (!filestore.plan.pushes) return [];
  return [
    {
      ...containerOf(filestore, folder, { ...mount, readOnly: true }),
      name: "documents",
      command: ["bash", `${documentPaths.bin}/push.sh`],
    },
  ];
}

function containerOf(
  { plan, site, identity }: Filestore,
  folder: string,
  mount: types.input.core.v1.VolumeMount,
): Omit<Container, "name"> {
  const values = {
    HF_SITE: site,
    HF_FILESTORE: folder,
    HF_PREFIX: plan.filestorePrefix,
    HF_BUCKET: plan.offsite.bucket,
    HF_SITE_BUCKET: plan.site.bucket,
    HF_HEARTBEAT_KEY: plan.heartbeatKey,
    HF_PUSH: String(plan.pushSeconds),
    HF_HEARTBEAT: String(plan.heartbeatSeconds),
    HF_CHECK: String(plan.checkSeconds),
    ...rcloneEnvironment(plan.offsite.ofServices, plan.offsite.region),
  };
  return {
    image: plan.image,
    imagePullPolicy: "IfNotPresent",
    env: Object.entries(values).map(([name, value]) => ({ name, value })),
    securityContext: containerSecurity,
    resources,
    volumeMounts: [
      mount,
      { name: "documents-tmp", mountPath: "/tmp" },
      { name: "documents-config", mountPath: documentPaths.config, readOnly: true },
      { name: "documents-scripts", mountPath: documentPaths.bin, readOnly: true },
      ...tokenMounts(identity),
    ],
  };
}

export function filestoreVolumes({
  configSecret,
  scriptsMap,
  identity,
}: Filestore): types.input.core.v1.Volume[] {
  return [
    { name: "documents-tmp", emptyDir: {} },
    { name: "documents-config", secret: { secretName: configSecret, defaultMode: 0o440 } },
    { name: "documents-scripts", configMap: { name: scriptsMap, defaultMode: 0o555 } },
    ...tokenVolumes(identity),
  ];
}
