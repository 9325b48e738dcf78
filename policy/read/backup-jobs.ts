import type { Resource, Setting } from "../rule.ts";
import { words } from "../rule.ts";
import { kubernetesKind, objectName } from "./pods.ts";
import { at, numberOf, textOf } from "./value.ts";

export interface CronJob {
  readonly resource: Resource;
  readonly name: string;
  readonly schedule: string;
  readonly timeZone: string;
  readonly suspended: boolean;
  readonly startingDeadlineSeconds: number | undefined;
  readonly activeDeadlineSeconds: number | undefined;
}

export function cronJobOf(resource: Resource): CronJob | undefined {
  if (kubernetesKind(resource) !== "CronJob") return undefined;
  const spec = at(resource.props, "spec");
  return {
    resource,
    name: objectName(resource),
    schedule: textOf(at(spec, "schedule")) ?? "",
    timeZone: textOf(at(spec, "timeZone")) ?? "",
    suspended: at(spec, "suspend") === true,
    startingDeadlineSeconds: numberOf(at(spec, "startingDeadlineSeconds")),
    activeDeadlineSeconds: numberOf(at(spec, "jobTemplate", "spec", "activeDeadlineSeconds")),
  };
}

export const backupNames: Setting<string> = words(
  "backup|dump|pgbackrest|barman|wal-g|restic",
  "which CronJobs work on a backup repository: an expression on their names",
);

export function backupJobsOf(resources: readonly Resource[], names: string): readonly CronJob[] {
  const pattern = new RegExp(names, "i");
  return resources.flatMap((resource) => {
    const job = cronJobOf(resource);
    return job !== undefined && pattern.test(job.name) ? [job] : [];
  });
}
