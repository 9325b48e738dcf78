import type { Site } from "../../contract/stack.ts";

/** A site's Kubernetes. Rules for every implementation: ../ports.ts. */

export interface ExecTarget {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
}

export interface ExecResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface KubePort {
  readonly site: Site;
  /** Asks /readyz with a short timeout of its own (2 s). Never rejects. */
  reach(signal: AbortSignal): Promise<{ readonly reachable: boolean; readonly detail: string }>;
  exec(
    target: ExecTarget,
    command: readonly string[],
    options: { readonly signal: AbortSignal; readonly stdin?: string },
  ): Promise<ExecResult>;
  /** The object as JSON, or null when there is none. `kind` as "apps/v1/Deployment" or "v1/Pod". */
  get(kind: string, namespace: string, name: string, signal: AbortSignal): Promise<unknown>;
  /** Every object of that kind; of all namespaces when `namespace` is empty. */
  list(kind: string, namespace: string, signal: AbortSignal): Promise<readonly unknown[]>;
  apply(manifest: Readonly<Record<string, unknown>>, signal: AbortSignal): Promise<void>;
  delete(kind: string, namespace: string, name: string, signal: AbortSignal): Promise<void>;
  /** Works on a suspended CronJob too. The job carries the label holdfast.dev/run. */
  createJobFromCronJob(
    args: {
      readonly namespace: string;
      readonly cronJob: string;
      readonly job: string;
      readonly run: string;
    },
    signal: AbortSignal,
  ): Promise<void>;
  jobState(namespace: string, job: string, signal: AbortSignal): Promise<JobState>;
  /** The last `lines` lines of a pod, or of a job's newest pod. */
  logs(
    of: {
      readonly namespace: string;
      readonly pod?: string;
      readonly job?: string;
      readonly container?: string;
    },
    lines: number,
    signal: AbortSignal,
  ): Promise<string>;
}

export interface JobState {
  readonly state: "absent" | "running" | "succeeded" | "failed";
  readonly detail: string;
}
