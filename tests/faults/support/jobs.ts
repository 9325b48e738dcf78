import type { Primary } from "./primary.ts";
import { until } from "./until.ts";

/** Backups as the stack makes them: jobs from its own CronJobs. */

export type BackupType = "full" | "diff" | "incr";

export interface JobPod {
  readonly name: string;
  readonly uid: string;
  readonly phase: string;
}

export interface JobEnd {
  readonly succeeded: boolean;
  /** The line of JSON of each of its pods, the oldest first. */
  readonly lines: readonly BackupLine[];
  readonly log: string;
}

export interface BackupLine {
  readonly outcome: string;
  readonly label?: string;
  readonly reason?: string;
  readonly status?: number;
  readonly damaged?: readonly string[];
}

/** Every object of a test carries it: the health gate looks for what was left over. */
export const faultLabel = "holdfast.dev/fault";

export async function cronJobOf(primary: Primary, type: BackupType): Promise<string> {
  const selector = `--selector=holdfast.dev/repository=offsite,holdfast.dev/type=${type}`;
  const name = await primary.kubectl([
    "get",
    "cronjob",
    selector,
    "--output=jsonpath={.items[0].metadata.name}",
  ]);
  if (name === "") throw new Error(`no CronJob makes ${type} backups to the offsite repository`);
  return name;
}

export async function startBackup(primary: Primary, type: BackupType): Promise<string> {
  const job = `fault-${type}-${Date.now().toString(36)}`;
  const from = `--from=cronjob/${await cronJobOf(primary, type)}`;
  await primary.kubectl(["create", "job", job, from]);
  await primary.kubectl(["label", "job", job, `${faultLabel}=job`]);
  return job;
}

export async function podsOf(primary: Primary, job: string): Promise<readonly JobPod[]> {
  const text = await primary.kubectl([
    "get",
    "pod",
    `--selector=batch.kubernetes.io/job-name=${job}`,
    "--sort-by=.metadata.creationTimestamp",
    "--output=json",
  ]);
  const list = JSON.parse(text) as {
    items: { metadata: { name: string; uid: string }; status: { phase: string } }[];
  };
  return list.items.map(({ metadata, status }) => ({ ...metadata, phase: status.phase }));
}

/** The job's n-th pod, when it has ended. */
export async function podEnded(primary: Primary, job: string, index = 0): Promise<JobPod> {
  return until(`pod ${index} of ${job} to end`, "backup", async () => {
    const found = (await podsOf(primary, job))[index];
    if (found?.phase === "Succeeded" || found?.phase === "Failed") return { done: found };
    return { notYet: found?.phase ?? "not there" };
  });
}

/** Waits for its end, reads what it said and takes it away. */
export async function jobEnded(primary: Primary, job: string): Promise<JobEnd> {
  const succeeded = await until(`${job} to end`, "backup", async () => {
    const text = await primary.kubectl(["get", "job", job, "--output=jsonpath={.status.conditions[*].type}"]);
    if (/\bComplete\b/.test(text)) return { done: true };
    return /\bFailed\b/.test(text) ? { done: false } : { notYet: text === "" ? "running" : text };
  });
  const logs: string[] = [];
  for (const { name } of await podsOf(primary, job)) logs.push(await primary.kubectl(["logs", name]));
  await removeJob(primary, job);
  return { succeeded, lines: logs.flatMap(linesOf), log: logs.join("\n") };
}

export async function backUp(primary: Primary, type: BackupType): Promise<string> {
  const end = await jobEnded(primary, await startBackup(primary, type));
  const label = end.lines.at(-1)?.label;
  if (!end.succeeded || label === undefined) throw new Error(`${type} backup: ${end.log.slice(-2000)}`);
  return label;
}

export const removeJob = (primary: Primary, job: string): Promise<string> =>
  primary.kubectl(["delete", "job", job, "--ignore-not-found", "--cascade=foreground", "--timeout=60s"]);

function linesOf(log: string): readonly BackupLine[] {
  return log
    .split("\n")
    .filter((line) => line.startsWith('{"event":"backup"'))
    .map((line) => JSON.parse(line) as BackupLine);
}

/** The log of one pod, which may be running. */
export const logOf = (primary: Primary, pod: string, container?: string): Promise<string> =>
  primary.kubectl(["logs", pod, ...(container === undefined ? [] : [`--container=${container}`])]);
