import { z } from "zod";
import type { StackContract } from "../../contract/stack.ts";
import { contractOf } from "../in-pod.ts";
import { PortError } from "../ports/port-error.ts";
import type { StepContext } from "../step.ts";

type Service = StackContract["services"][number];

const deploymentSchema = z.object({
  spec: z.object({
    replicas: z.number().optional(),
    template: z
      .object({ spec: z.object({ containers: z.array(z.object({ image: z.string() })) }) })
      .optional(),
  }),
  status: z
    .object({
      readyReplicas: z.number().optional(),
      conditions: z
        .array(z.object({ type: z.string(), status: z.string(), message: z.string().optional() }))
        .optional(),
    })
    .optional(),
});

/** What a service at dr lacks, in words: its pods, its image, and what kubelet says of them. Null where it is ready. */
export async function notReady(context: StepContext, service: Service): Promise<string | null> {
  const namespace = contractOf(context, "dr").namespace ?? "";
  const kube = context.ports.kube("dr");
  try {
    const found = await kube.get("apps/v1/Deployment", namespace, service.deployment, context.signal);
    const parsed = deploymentSchema.safeParse(found).data;
    if (parsed === undefined) return "there is no such Deployment";
    const ready = parsed.status?.readyReplicas ?? 0;
    const wanted = parsed.spec.replicas ?? 1;
    if (ready >= wanted && wanted > 0) return null;
    const images = parsed.spec.template?.spec.containers.map(({ image }) => image).join(", ");
    const why = parsed.status?.conditions?.find(({ status }) => status === "False")?.message;
    const waiting = waitingIn(await kube.list("v1/Pod", namespace, context.signal), service.name);
    return [
      `${ready} of ${wanted} ready`,
      ...(images === undefined ? [] : [`image ${images}`]),
      ...(why === undefined ? [] : [why]),
      ...waiting,
    ].join("; ");
  } catch (error) {
    if (error instanceof PortError) return `its state could not be read: ${error.message}`;
    throw error;
  }
}

const statusesSchema = z
  .array(
    z.object({
      name: z.string(),
      state: z
        .object({
          waiting: z.object({ reason: z.string().optional(), message: z.string().optional() }).optional(),
          running: z.unknown().optional(),
        })
        .optional(),
    }),
  )
  .optional();
const podSchema = z.object({
  metadata: z.object({ labels: z.record(z.string(), z.string()).optional() }),
  status: z.object({ initContainerStatuses: statusesSchema, containerStatuses: statusesSchema }).optional(),
});

/** Why containers of that service's pods do not run, where kubelet has a reason; each once. */
function waitingIn(pods: readonly unknown[], service: string): readonly string[] {
  const reasons = pods.flatMap((each) => {
    const pod = podSchema.safeParse(each).data;
    if (pod?.metadata.labels?.["app.kubernetes.io/name"] !== service) return [];
    const { initContainerStatuses = [], containerStatuses = [] } = pod.status ?? {};
    // One that waits for another service's group runs for as long as that is not there.
    const begun = initContainerStatuses.filter(({ state }) => state?.running !== undefined);
    const still = begun.map(({ name }) => `${name} has not ended`);
    const waiting = [...initContainerStatuses, ...containerStatuses].flatMap(({ name, state }) => {
      const { reason, message } = state?.waiting ?? {};
      // It waits for its init containers, which have reasons of their own.
      if (reason === undefined || reason === "PodInitializing") return [];
      return [`${name}: ${reason}${message === undefined ? "" : ` (${message})`}`];
    });
    return [...still, ...waiting];
  });
  return [...new Set(reasons)];
}
