import { z } from "zod";
import { nextStartMs } from "../../config/cron.ts";
import { type JobRecord, jobRecordKey, jobRecordSchema } from "../../contract/job-record.ts";
import type { Site } from "../../contract/stack.ts";
import type { ObservingPorts } from "../../drill/adapters/index.ts";
import { archiveBehindSeconds, oldestAllowedSeconds } from "../../plan/alerts/index.ts";
import type { BucketPlan, SitePlan } from "../../plan/types.ts";
import type { ObjectStore } from "../../provider/clients/object-store.ts";
import { see } from "./see.ts";
import type { BucketStatus, DocumentsStatus, OperatorView, ScheduleStatus } from "./types.ts";

/** What the operator's view is made from, beside the ports: the plans, and the store's settings with keys that only read. */
export interface OperatorSources {
  readonly plans: Readonly<Record<Site, SitePlan>>;
  readonly recordsBucket: string;
  readonly buckets: readonly BucketPlan[];
  readonly store: Pick<ObjectStore, "getVersioning" | "getObjectLock" | "getLifecycle">;
}

export const noView: OperatorView = {
  archiveBehindSeconds: null,
  schedules: [],
  buckets: [],
  documents: null,
};

export async function operatorView(
  ports: ObservingPorts,
  sources: OperatorSources,
  holder: Site | null,
): Promise<OperatorView> {
  const plan = holder === null ? null : sources.plans[holder];
  const [schedules, buckets, documents] = await Promise.all([
    plan === null
      ? []
      : Promise.all(plan.schedules.map((one) => scheduleStatus(ports, sources, plan.site, one))),
    Promise.all(
      sources.buckets.map(async (bucket) => ({
        bucket: bucket.bucketName,
        found: await see(() => bucketStatus(sources.store, bucket)),
      })),
    ),
    plan === null ? null : see((signal) => documentsStatus(ports, plan, signal)),
  ]);
  return {
    archiveBehindSeconds: plan === null ? null : archiveBehindSeconds(plan.database),
    schedules,
    buckets,
    documents,
  };
}

/** As the sidecar `documents` writes it; of another site than the active one it is a former term's. */
const heartbeatSchema = z.object({ at: z.number(), site: z.string() });

async function documentsStatus(
  ports: ObservingPorts,
  { documents, site, targets }: SitePlan,
  signal: AbortSignal,
): Promise<DocumentsStatus> {
  const { offsite, heartbeatKey, heartbeatSeconds } = documents;
  const found = await ports.s3.getText(offsite.bucket, heartbeatKey, signal);
  const beat = found === null ? null : heartbeatSchema.parse(JSON.parse(found.text));
  return {
    wholeUntilMs: beat === null || beat.site !== site ? null : beat.at * 1000,
    allowedAgeSeconds: targets.rpoSeconds,
    everySeconds: heartbeatSeconds,
  };
}

async function scheduleStatus(
  ports: ObservingPorts,
  { recordsBucket }: OperatorSources,
  site: Site,
  schedule: SitePlan["schedules"][number],
): Promise<ScheduleStatus> {
  const { name, repository, type: kind, cron, timeZone } = schedule;
  const record = (which: "newest" | "success") =>
    see(async (signal): Promise<JobRecord | null> => {
      const found = await ports.s3.getText(
        recordsBucket,
        jobRecordKey({ site, repository, kind }, which),
        signal,
      );
      return found === null ? null : jobRecordSchema.parse(JSON.parse(found.text));
    });
  const [newest, success] = await Promise.all([record("newest"), record("success")]);
  return {
    name,
    repository,
    kind,
    cron,
    nextAtMs: nextStartMs(cron, timeZone, ports.clock.now()),
    allowedAgeSeconds: oldestAllowedSeconds(schedule),
    newest,
    success,
  };
}

async function bucketStatus(store: OperatorSources["store"], plan: BucketPlan): Promise<BucketStatus> {
  const name = plan.bucketName;
  const [versioning, lock, rules] = await Promise.all([
    store.getVersioning(name),
    store.getObjectLock(name),
    store.getLifecycle(name),
  ]);
  const rule = lock.enabled ? lock.rule : undefined;
  const noncurrent = rules.map(({ noncurrentDays }) => noncurrentDays).filter((days) => days !== undefined);
  const drift: string[] = [];
  if (plan.versioning && !versioning) drift.push("keeps no versions");
  if (plan.objectLock !== null) {
    const { mode, days } = plan.objectLock;
    if (rule === undefined) drift.push(`has no lock (planned: ${mode}, ${days} days)`);
    else if (rule.mode !== mode || rule.days !== days)
      drift.push(`is locked for ${rule.mode}, ${rule.days} days (planned: ${mode}, ${days} days)`);
  }
  if (plan.lifecycle !== null && !noncurrent.includes(plan.lifecycle.noncurrentDays))
    drift.push(
      `keeps noncurrent versions ${noncurrent.length === 0 ? "for ever" : `${noncurrent.join(", ")} days`} (planned: ${plan.lifecycle.noncurrentDays} days)`,
    );
  if (rules.some(({ other }) => other === true))
    drift.push("has a lifecycle rule that the plan has not: it may delete what is in use");
  return {
    bucket: name,
    versioning,
    lock: rule === undefined ? null : `${rule.mode}, ${rule.days} days`,
    lifecycle: noncurrent.length === 0 ? null : `noncurrent ${noncurrent.join(", ")} days`,
    drift,
  };
}
