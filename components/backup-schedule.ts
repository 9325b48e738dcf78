import { CronJob } from "@pulumi/kubernetes/batch/v1/cronJob.js";
import { ComponentResource, type ComponentResourceOptions, type Input } from "@pulumi/pulumi";
import type { SchedulePlan } from "../plan/types.ts";
import { childOpts } from "./child-opts.ts";
import { paths } from "./database/paths.ts";
import { postgresUid } from "./database/pod.ts";
import { labelsOf } from "./labels.ts";
import { containerSecurity, podSecurity } from "./pod-security.ts";
import { backupJobResources } from "./resources.ts";

export interface BackupScheduleArgs {
  readonly plans: readonly SchedulePlan[];
  /** The database's own: a backup job must be of the same pgBackRest as the server it talks to. */
  readonly image: string;
  readonly stanza: string;
  readonly namespace: Input<string>;
  readonly configSecret: Input<string>;
  readonly scriptsMap: Input<string>;
  readonly tlsSecret: Input<string>;
}

/** Scheduled backups, a CronJob for each repository and type: `backup` without a repository writes to the first only. */
export class BackupSchedule extends ComponentResource {
  constructor(name: string, args: BackupScheduleArgs, opts: ComponentResourceOptions) {
    super("holdfast:backup:BackupSchedule", name, {}, opts);
    for (const plan of args.plans) this.makeCronJob(name, plan, args);
    this.registerOutputs({});
  }

  private makeCronJob(name: string, plan: SchedulePlan, args: BackupScheduleArgs): CronJob {
    const labels = {
      ...labelsOf("backup"),
      "holdfast.dev/repository": plan.repository,
      "holdfast.dev/type": plan.type,
    };
    return new CronJob(
      `${name}-${plan.repository}-${plan.type}`,
      {
        metadata: { name: plan.name, namespace: args.namespace, labels },
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
              backoffLimit: 1,
              // backup.sh's status for corrupt pages at the source: a second try would copy them again.
              podFailurePolicy: {
                rules: [{ action: "FailJob", onExitCodes: { operator: "In", values: [65] } }],
              },
              template: {
                metadata: { labels },
                spec: {
                  restartPolicy: "Never",
                  automountServiceAccountToken: false,
                  enableServiceLinks: false,
                  securityContext: podSecurity(postgresUid),
                  containers: [
                    {
                      name: "backup",
                      image: args.image,
                      imagePullPolicy: "IfNotPresent",
                      command: [`${paths.bin}/backup`, plan.type, plan.repository],
                      env: [{ name: "HF_STANZA", value: args.stanza }],
                      securityContext: containerSecurity,
                      resources: backupJobResources,
                      volumeMounts: [
                        { name: "tmp", mountPath: "/tmp" },
                        { name: "scripts", mountPath: paths.bin, readOnly: true },
                        { name: "config", mountPath: paths.config, readOnly: true },
                        { name: "tls", mountPath: paths.tls, readOnly: true },
                      ],
                    },
                  ],
                  volumes: [
                    { name: "tmp", emptyDir: {} },
                    { name: "scripts", configMap: { name: args.scriptsMap, defaultMode: 0o555 } },
                    { name: "config", secret: { secretName: args.configSecret, defaultMode: 0o440 } },
                    { name: "tls", secret: { secretName: args.tlsSecret, defaultMode: 0o440 } },
                  ],
                },
              },
            },
          },
        },
      },
      childOpts(this),
    );
  }
}
