import type { Site } from "../contract/stack.ts";
import { contractOf } from "./in-pod.ts";
import { StepFailed } from "./outcome.ts";
import type { JobState } from "./ports/cluster.ts";
import type { BackupSetInfo } from "./ports/repository.ts";
import type { StepContext } from "./step.ts";
import { done, notYet } from "./until.ts";

export type BackupType = BackupSetInfo["type"];

/**
 * Runs the stack's own backup job once, and reads its outcome from the repository:
 * a job that succeeded without leaving a set is red (rule 28).
 */
export async function backUp(
  context: StepContext,
  args: {
    readonly site: Site;
    readonly type: BackupType;
    readonly epoch: number;
    readonly timeout: "backup" | "protect";
  },
): Promise<BackupSetInfo> {
  const { ports, run } = context;
  const { site, type, epoch, timeout } = args;
  const contract = contractOf(context, site);
  const cronJob = contract.backup?.cronJobs.find(
    (job) => job.repository === "offsite" && job.type === type,
  )?.name;
  if (contract.namespace === null || cronJob === undefined)
    throw new StepFailed(`stack ${contract.stack} declares no ${type} backup to the offsite repository`);
  const { namespace } = contract;
  const kube = ports.kube(site);
  const nameOf = (of: number): string => jobName(cronJob, of === 1 ? run.id : `${run.id}-${of}`);
  const before = new Set((await offsiteSets(context, site, epoch)).map(({ label }) => label));
  // A schedule of the stack may hold the backup lock just now (error 050): the job then ends well without a set.
  let number = await firstFreeNumber(context, (of) => kube.jobState(namespace, nameOf(of), context.signal));
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const job = nameOf(number++);
    await kube.createJobFromCronJob({ namespace, cronJob, job, run: run.id }, context.signal);
    await jobEnded(context, { site, namespace, job, timeout });
    const made = (await offsiteSets(context, site, epoch)).filter(
      (set) => !before.has(set.label) && set.type === type,
    );
    const newest = made.at(-1);
    if (newest !== undefined) return taken(context, newest);
    const tail = await kube.logs({ namespace, job }, 20, context.signal);
    if (!tail.includes(skippedOutcome))
      throw new StepFailed(`job ${job} succeeded, but the repository has no new ${type} set`);
    context.progress("backup", `${type}: another backup holds the lock`);
  }
  throw new StepFailed(`no ${type} backup in ${attempts} attempts: another one held the lock each time`);
}

/** A job made before an interruption has its own set, which is none of this step's. */
async function firstFreeNumber(
  context: StepContext,
  stateOf: (number: number) => Promise<JobState>,
): Promise<number> {
  if (!context.again) return 1;
  for (let number = 1; ; number++) if ((await stateOf(number)).state === "absent") return number;
}

const attempts = 4;
/** How backup.sh's line names a job that met another one's lock. */
const skippedOutcome = '"outcome":"skipped"';

function taken(context: StepContext, newest: BackupSetInfo): BackupSetInfo {
  if (newest.error) throw new StepFailed(`the repository marks set ${newest.label} as having errors`);
  context.progress(
    "backup",
    `${newest.label}, ${Math.round(newest.repositoryBytes / 1e6)} MB in the repository`,
  );
  return newest;
}

async function jobEnded(
  context: StepContext,
  args: {
    readonly site: Site;
    readonly namespace: string;
    readonly job: string;
    readonly timeout: "backup" | "protect";
  },
): Promise<void> {
  const { site, namespace, job, timeout } = args;
  const kube = context.ports.kube(site);
  await context.until(
    `job ${job} to end`,
    async (signal) => {
      const { state, detail } = await kube.jobState(namespace, job, signal);
      if (state === "succeeded") return done(detail);
      if (state === "failed") {
        const tail = await kube.logs({ namespace, job }, 20, signal);
        throw new StepFailed(
          `job ${job} failed: ${detail}: ${tail.trim().split("\n").slice(-3).join(" / ")}`,
        );
      }
      return notYet(`${state} ${detail}`);
    },
    { timeout, everyMs: 250 },
  );
}

export async function offsiteSets(
  context: StepContext,
  site: Site,
  epoch: number,
): Promise<readonly BackupSetInfo[]> {
  const info = await context.ports.repository.info(
    { repository: "offsite", epoch, via: site },
    context.signal,
  );
  return info.sets;
}

/** Job names have 63 characters at most, of which the pod's suffix takes some. */
function jobName(cronJob: string, run: string): string {
  return `${cronJob}-${run}`
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]/g, "-")
    .slice(0, 57)
    .replace(/-+$/, "");
}
