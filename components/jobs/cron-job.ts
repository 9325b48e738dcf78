import type { types } from "@pulumi/kubernetes";
import { CronJob } from "@pulumi/kubernetes/batch/v1/cronJob.js";
import type { ComponentResource, Input, Resource } from "@pulumi/pulumi";
import type { SchedulePlan } from "../../plan/types.ts";
import { childOpts } from "../child-opts.ts";
import { paths } from "../database/paths.ts";
import { postgresUid } from "../database/pod.ts";
import { accountSpec, type PodIdentity, tokenMounts, tokenVolumes } from "../identity.ts";
import { labelsOf } from "../labels.ts";
import { containerSecurity, podSecurity } from "../pod-security.ts";

type Container = types.input.core.v1.Container;
type Volume = types.input.core.v1.Volume;
type VolumeMount = types.input.core.v1.VolumeMount;

/** One job's pod, beside what every job has. */
export interface JobPod {
  readonly image: string;
  readonly command: readonly string[];
  readonly args?: readonly string[];
  readonly env: Readonly<Record<string, Input<string>>>;
  readonly resources: types.input.core.v1.ResourceRequirements;
  /** With where each is mounted. */
  readonly volumes: readonly MountedVolume[];
  readonly identity: PodIdentity | null;
  /** Tries after the first one. */
  readonly retries: number;
  /** So long an ended job stays to be read; null: as long as the history's limits say. */
  readonly keptSeconds: number | null;
}

export interface MountedVolume {
  readonly volume: Volume;
  readonly mountPath: string;
  readonly readOnly?: true;
}

/** A file of a script's that says: once more would end the same way (EX_DATAERR). */
const finalStatuses = [65];

/** A schedule as a CronJob: never two at once, both deadlines, no right in the cluster, Pod Security "restricted". */
export function makeCronJob(
  parent: ComponentResource,
  logicalName: string,
  plan: SchedulePlan,
  namespace: Input<string>,
  pod: JobPod,
  after: readonly Resource[],
): CronJob {
  const labels = {
    ...labelsOf("backup"),
    "holdfast.dev/repository": plan.repository,
    "holdfast.dev/type": plan.type,
  };
  return new CronJob(
    logicalName,
    {
      metadata: { name: plan.name, namespace, labels },
      spec: {
        schedule: plan.cron,
        timeZone: plan.timeZone,
        suspend: plan.suspended,
        // A second one would only meet the first one's lock.
        concurrencyPolicy: "Forbid",
        // Without it a CronJob that missed a hundred starts never runs again.
        startingDeadlineSeconds: plan.startingDeadlineSeconds,
        successfulJobsHistoryLimit: plan.historyLimits.successful,
        failedJobsHistoryLimit: plan.historyLimits.failed,
        jobTemplate: {
          metadata: { labels },
          spec: {
            // Forbid and a job that hangs would be the last backup for ever.
            activeDeadlineSeconds: plan.activeDeadlineSeconds,
            backoffLimit: pod.retries,
            ...(pod.keptSeconds === null ? {} : { ttlSecondsAfterFinished: pod.keptSeconds }),
            podFailurePolicy: {
              rules: [{ action: "FailJob", onExitCodes: { operator: "In", values: finalStatuses } }],
            },
            template: {
              metadata: { labels },
              spec: {
                restartPolicy: "Never",
                automountServiceAccountToken: false,
                ...accountSpec(pod.identity),
                enableServiceLinks: false,
                securityContext: podSecurity(postgresUid),
                containers: [containerOf(plan, pod)],
                volumes: [
                  { name: "tmp", emptyDir: {} },
                  ...unique(pod.volumes.map(({ volume }) => volume)),
                  ...tokenVolumes(pod.identity),
                ],
              },
            },
          },
        },
      },
    },
    childOpts(parent, { dependsOn: after }),
  );
}

/** A backup's container is called so in every kind: whoever reads logs need not know which. */
function containerOf({ type }: SchedulePlan, pod: JobPod): Container {
  return {
    name: ["full", "diff", "incr"].includes(type) ? "backup" : type,
    image: pod.image,
    imagePullPolicy: "IfNotPresent",
    command: [...pod.command],
    ...(pod.args === undefined ? {} : { args: [...pod.args] }),
    env: Object.entries(pod.env).map(([name, value]) => ({ name, value })),
    securityContext: containerSecurity,
    resources: pod.resources,
    volumeMounts: [
      { name: "tmp", mountPath: "/tmp" },
      ...pod.volumes.map(
        ({ volume, mountPath, readOnly }): VolumeMount => ({
          name: volume.name,
          mountPath,
          ...(readOnly === undefined ? {} : { readOnly }),
        }),
      ),
      ...tokenMounts(pod.identity),
    ],
  };
}

/** A volume may be mounted in two places. */
function unique(volumes: readonly Volume[]): Volume[] {
  return volumes.filter((volume, index) => volumes.findIndex(({ name }) => name === volume.name) === index);
}

export function scriptsVolume(name: Input<string>): MountedVolume {
  return {
    volume: { name: "scripts", configMap: { name, defaultMode: 0o555 } },
    mountPath: paths.bin,
    readOnly: true,
  };
}

/** Several secrets as one folder of files. */
export function secretsVolume(
  name: string,
  mountPath: string,
  ...secrets: readonly Input<string>[]
): MountedVolume {
  return {
    volume: {
      name,
      projected: { defaultMode: 0o440, sources: secrets.map((secret) => ({ secret: { name: secret } })) },
    },
    mountPath,
    readOnly: true,
  };
}
