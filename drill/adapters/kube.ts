import { z } from "zod";
import type { Site } from "../../contract/stack.ts";
import type { JobState, KubePort } from "../ports/cluster.ts";
import { PortError } from "../ports/port-error.ts";
import { messageOf } from "./deadline.ts";
import { execInPod } from "./kube-exec.ts";
import { askKube, type KubeTarget, kubePath, refusedByKube } from "./kube-request.ts";

const reachMs = 2000;
const fieldManager = "holdfast";

const cronJobSchema = z.object({
  spec: z.object({
    jobTemplate: z.object({
      metadata: z
        .object({
          labels: z.record(z.string(), z.string()).optional(),
          annotations: z.record(z.string(), z.string()).optional(),
        })
        .optional(),
      spec: z.record(z.string(), z.unknown()),
    }),
  }),
});

const jobSchema = z.object({
  status: z
    .object({
      active: z.number().optional(),
      succeeded: z.number().optional(),
      failed: z.number().optional(),
      conditions: z
        .array(
          z.object({
            type: z.string(),
            status: z.string(),
            reason: z.string().optional(),
            message: z.string().optional(),
          }),
        )
        .optional(),
    })
    .optional(),
});

const podListSchema = z.object({
  items: z.array(z.object({ metadata: z.object({ name: z.string(), creationTimestamp: z.string() }) })),
});

export function createKubePort(site: Site, target: KubeTarget): KubePort {
  async function read(path: string, signal: AbortSignal): Promise<unknown> {
    const answer = await askKube(target, { method: "GET", path }, signal);
    if (answer.status === 404) return null;
    if (answer.status !== 200) throw refusedByKube(target, `GET ${path}`, answer);
    return JSON.parse(answer.text);
  }

  return {
    site,
    reach: async (signal) => {
      try {
        const answer = await askKube(target, { method: "GET", path: "/readyz", timeoutMs: reachMs }, signal);
        return {
          reachable: answer.status === 200,
          detail: answer.status === 200 ? "ready" : `HTTP ${answer.status}: ${answer.text.slice(0, 200)}`,
        };
      } catch (error) {
        return { reachable: false, detail: messageOf(error) };
      }
    },
    exec: (pod, command, options) => execInPod(target, pod, command, options),
    get: (kind, namespace, name, signal) => read(kubePath(kind, namespace, name), signal),
    list: async (kind, namespace, signal) => {
      const found = await read(kubePath(kind, namespace), signal);
      return z.object({ items: z.array(z.unknown()) }).parse(found).items;
    },
    apply: async (manifest, signal) => {
      const { apiVersion, kind, metadata } = z
        .object({
          apiVersion: z.string(),
          kind: z.string(),
          metadata: z.object({ name: z.string(), namespace: z.string().optional() }),
        })
        .parse(manifest);
      const path = `${kubePath(`${apiVersion}/${kind}`, metadata.namespace ?? "", metadata.name)}?fieldManager=${fieldManager}&force=true`;
      const answer = await askKube(
        target,
        { method: "PATCH", path, body: manifest, contentType: "application/apply-patch+yaml" },
        signal,
      );
      if (answer.status !== 200 && answer.status !== 201)
        throw refusedByKube(target, `apply ${kind} ${metadata.name}`, answer);
    },
    delete: async (kind, namespace, name, signal) => {
      const path = kubePath(kind, namespace, name);
      // Background, said explicitly: the API's default for Jobs leaves their pods behind.
      const body = { apiVersion: "v1", kind: "DeleteOptions", propagationPolicy: "Background" };
      const answer = await askKube(target, { method: "DELETE", path, body }, signal);
      if (answer.status !== 404 && answer.status >= 300)
        throw refusedByKube(target, `DELETE ${path}`, answer);
    },
    createJobFromCronJob: async ({ namespace, cronJob, job, run }, signal) => {
      const found = await read(kubePath("batch/v1/CronJob", namespace, cronJob), signal);
      if (found === null)
        throw new PortError(`kube ${target.context}`, `there is no CronJob ${namespace}/${cronJob}`);
      const manifest = jobFrom(cronJobSchema.parse(found), { namespace, cronJob, job, run });
      const path = kubePath("batch/v1/Job", namespace);
      const answer = await askKube(target, { method: "POST", path, body: manifest }, signal);
      // 409: made by an earlier try of the same step whose answer was lost.
      if (answer.status !== 201 && answer.status !== 409) throw refusedByKube(target, `POST ${path}`, answer);
    },
    jobState: async (namespace, job, signal) =>
      jobStateOf(await read(kubePath("batch/v1/Job", namespace, job), signal)),
    logs: async ({ namespace, pod, job, container }, lines, signal) => {
      const name = pod ?? (job === undefined ? null : await newestPodOf(namespace, job, signal));
      if (name === null) return "";
      const query = new URLSearchParams({
        tailLines: String(lines),
        ...(container === undefined ? {} : { container }),
      });
      const path = `${kubePath("v1/Pod", namespace, name)}/log?${query}`;
      const answer = await askKube(target, { method: "GET", path }, signal);
      // 400: the container waits and has no log yet; 204: it has begun, and said nothing yet.
      if ([204, 400, 404].includes(answer.status)) return "";
      if (answer.status !== 200) throw refusedByKube(target, `GET ${path}`, answer);
      return answer.text;
    },
  };

  async function newestPodOf(namespace: string, job: string, signal: AbortSignal): Promise<string | null> {
    const query = new URLSearchParams({ labelSelector: `batch.kubernetes.io/job-name=${job}` });
    const pods = podListSchema.parse(await read(`${kubePath("v1/Pod", namespace)}?${query}`, signal));
    const newest = [...pods.items]
      .sort((a, b) => a.metadata.creationTimestamp.localeCompare(b.metadata.creationTimestamp))
      .at(-1);
    return newest?.metadata.name ?? null;
  }
}

/** What `kubectl create job --from` makes, with the run's label on the job and its pods. */
export function jobFrom(
  cronJob: z.infer<typeof cronJobSchema>,
  names: { readonly namespace: string; readonly cronJob: string; readonly job: string; readonly run: string },
): Readonly<Record<string, unknown>> {
  const { metadata, spec } = cronJob.spec.jobTemplate;
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: {
      name: names.job,
      namespace: names.namespace,
      labels: { ...metadata?.labels, "holdfast.dev/run": names.run },
      annotations: {
        ...metadata?.annotations,
        "cronjob.kubernetes.io/instantiate": "manual",
        "holdfast.dev/cronjob": names.cronJob,
      },
    },
    spec: { ...spec, suspend: false },
  };
}

export function jobStateOf(job: unknown): JobState {
  if (job === null) return { state: "absent", detail: "there is no such job" };
  const { status } = jobSchema.parse(job);
  for (const condition of status?.conditions ?? []) {
    if (condition.status !== "True") continue;
    const detail = [condition.reason, condition.message].filter((part) => part !== undefined).join(": ");
    if (condition.type === "Complete") return { state: "succeeded", detail };
    if (condition.type === "Failed") return { state: "failed", detail };
  }
  return { state: "running", detail: `${status?.active ?? 0} active, ${status?.failed ?? 0} failed pods` };
}
