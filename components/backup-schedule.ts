import { Secret } from "@pulumi/kubernetes/core/v1/secret.js";
import { ComponentResource, type ComponentResourceOptions, type Input, type Output } from "@pulumi/pulumi";
import type { SchedulePlan } from "../plan/types.ts";
import { childOpts } from "./child-opts.ts";
import { offsiteOf, renderRecords } from "./database/all-configs.ts";
import { paths } from "./database/paths.ts";
import { makeIdentity, type PodIdentity } from "./identity.ts";
import type { BackupScheduleArgs } from "./jobs/args.ts";
import { type JobPod, makeCronJob, scriptsVolume, secretsVolume } from "./jobs/cron-job.ts";
import { makeTestPlace, restoreTestPod, type TestPlace } from "./jobs/restore-test.ts";
import { labelsOf } from "./labels.ts";
import { backupJobResources } from "./resources.ts";

/** Everything that runs by the clock: a CronJob for each repository and kind of job. */
export class BackupSchedule extends ComponentResource {
  constructor(name: string, args: BackupScheduleArgs, opts: ComponentResourceOptions) {
    super("holdfast:backup:BackupSchedule", name, {}, opts);
    const own = this.makeOwn(args);
    const place = args.plans.some(({ type }) => type === "restore-test")
      ? makeTestPlace(this, args)
      : undefined;
    for (const plan of args.plans) {
      const logicalName = `${name}-${plan.repository}-${plan.type}`;
      if (plan.type !== "restore-test") {
        makeCronJob(this, logicalName, plan, args.namespace, this.podOf(plan, args, own), args.after);
      } else if (place !== undefined) {
        makeCronJob(this, logicalName, plan, place.namespace, this.testPodOf(plan, args, place), args.after);
      }
    }
    this.registerOutputs({});
  }

  /** Beside pgBackRest's configs and not among them: the database's pod has no use for these. */
  private makeOwn({ jobs, repositories, namespace, dumpPassword, secrets }: BackupScheduleArgs): Own {
    const make = (name: string, stringData: Input<Record<string, Input<string>>>): Output<string> =>
      new Secret(
        name,
        { metadata: { name, namespace, labels: labelsOf("backup") }, stringData },
        childOpts(this, { secretOutputs: ["data", "stringData"] }),
      ).metadata.name;
    const account = (kind: "backup" | "verify"): PodIdentity | null =>
      makeIdentity(this, `${kind}-account`, jobs.accounts[kind], namespace, "backup");
    return {
      writing: account("backup"),
      reading: account("verify"),
      records: make("backup-records", renderRecords(repositories, jobs.records, secrets)),
      dump: make("backup-dump", { password: dumpPassword }),
    };
  }

  private podOf(plan: SchedulePlan, args: BackupScheduleArgs, own: Own): JobPod {
    const dumps = plan.type === "logical-dump";
    return {
      image: args.database.image,
      command: commandOf(plan),
      env: { ...commonEnvironment(args), ...(dumps ? dumpEnvironment(args) : {}) },
      resources: backupJobResources,
      volumes: [
        scriptsVolume(args.scriptsMap),
        secretsVolume("config", paths.config, args.configSecret, own.records),
        secretsVolume("tls", paths.tls, args.tlsSecret),
        ...(dumps ? [secretsVolume("dump", dumpSecretPath, own.dump)] : []),
      ],
      identity: plan.type === "verify" ? own.reading : own.writing,
      retries: plan.type === "verify" ? 0 : 1,
      keptSeconds: null,
    };
  }

  private testPodOf(plan: SchedulePlan, args: BackupScheduleArgs, place: TestPlace): JobPod {
    return restoreTestPod(plan, args, place, commonEnvironment(args));
  }
}

interface Own {
  /** Of jobs that write a repository, and of those that only read. */
  readonly writing: PodIdentity | null;
  readonly reading: PodIdentity | null;
  readonly records: Output<string>;
  readonly dump: Output<string>;
}

const dumpSecretPath = "/etc/holdfast/dump";

function commandOf({ type, repository }: SchedulePlan): readonly string[] {
  if (type === "verify" || type === "logical-dump") return [`${paths.bin}/${type}`, repository];
  return [`${paths.bin}/backup`, type, repository];
}

/** As scripts/job.sh reads it. */
function commonEnvironment(args: BackupScheduleArgs): Readonly<Record<string, Input<string>>> {
  const { stanza, endpoint } = offsiteOf(args.repositories);
  return {
    HF_STANZA: stanza,
    HF_SITE: args.site,
    HF_EPOCH: args.term.epoch.apply(String),
    HF_RECORDS_URL: `https://${endpoint.host}:${endpoint.port}/${args.jobs.records.bucket}`,
  };
}

/** As scripts/logical-dump.sh reads it. */
function dumpEnvironment({
  jobs,
  repositories,
  database,
}: BackupScheduleArgs): Readonly<Record<string, string>> {
  const { bucket, endpoint } = offsiteOf(repositories);
  const { role, keepDaily, keepWeekly, path } = jobs.logicalDump;
  return {
    HF_DUMP_HOST: database.name,
    HF_DUMP_PORT: String(database.port),
    HF_DUMP_ROLE: role,
    HF_DUMP_URL: `s3:https://${endpoint.host}:${endpoint.port}/${bucket}/${path}`,
    HF_DUMP_KEEP_DAILY: String(keepDaily),
    HF_DUMP_KEEP_WEEKLY: String(keepWeekly),
  };
}
