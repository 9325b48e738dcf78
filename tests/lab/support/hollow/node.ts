// Stands in for kubelets: a Node that is always Ready, whose pods are said to run as soon as everything that they mount
// is there. No image is pulled, nothing is started and no probe is asked. Pods of Jobs are said to have succeeded.
import {
  CoordinationV1Api,
  CoreV1Api,
  type KubeConfig,
  PatchStrategy,
  setHeaderOptions,
  V1MicroTime,
  type V1Pod,
} from "@kubernetes/client-node";
import { missingOf } from "./mounts.ts";
import { runningStatus, succeededStatus, waitingStatus } from "./pod-status.ts";
import { settleEach } from "./watch.ts";

const nodeName = "hollow";
const leaseNamespace = "kube-node-lease";
const leaseSeconds = 40;
const renewMs = 10_000;

export async function startHollowNode(config: KubeConfig): Promise<() => Promise<void>> {
  const core = config.makeApiClient(CoreV1Api);
  await core.createNode({ body: readyNode() });
  const stopLease = await keepLease(config.makeApiClient(CoordinationV1Api));
  const stopPods = await settleEach(
    config,
    "/api/v1/pods",
    () => core.listPodForAllNamespaces(),
    (pod) => settlePod(core, pod),
  );
  return async () => {
    stopLease();
    await stopPods();
  };
}

/** Larger than any example asks for: what is tried here is whether it is placed, not whether it fits. */
function readyNode() {
  const resources = { cpu: "64", memory: "512Gi", "ephemeral-storage": "1Ti", pods: "200" };
  const now = new Date();
  const condition = (type: string, status: string, reason: string) => ({
    type,
    status,
    reason,
    message: reason,
    lastHeartbeatTime: now,
    lastTransitionTime: now,
  });
  return {
    metadata: {
      name: nodeName,
      labels: {
        "kubernetes.io/hostname": nodeName,
        "kubernetes.io/os": "linux",
        "kubernetes.io/arch": "amd64",
      },
    },
    status: {
      capacity: resources,
      allocatable: resources,
      addresses: [{ type: "InternalIP", address: "192.0.2.2" }],
      conditions: [
        condition("Ready", "True", "KubeletReady"),
        ...["MemoryPressure", "DiskPressure", "PIDPressure"].map((type) =>
          condition(type, "False", "KubeletHasNone"),
        ),
      ],
    },
  };
}

/** What the controllers take for the node's heartbeat. */
async function keepLease(coordination: CoordinationV1Api): Promise<() => void> {
  const spec = () => ({
    holderIdentity: nodeName,
    leaseDurationSeconds: leaseSeconds,
    renewTime: new V1MicroTime(),
  });
  await coordination.createNamespacedLease({
    namespace: leaseNamespace,
    body: { metadata: { name: nodeName }, spec: spec() },
  });
  const renew = (): void => {
    const change = { name: nodeName, namespace: leaseNamespace, body: { spec: spec() } };
    // One that fails is made good by the next: the lease lasts for four.
    coordination.patchNamespacedLease(change, asMerge).catch(() => undefined);
  };
  const timer = setInterval(renew, renewMs);
  return () => clearInterval(timer);
}

const asMerge = setHeaderOptions("Content-Type", PatchStrategy.MergePatch);

async function settlePod(core: CoreV1Api, pod: V1Pod): Promise<"settled" | "again"> {
  const { name = "", namespace = "", uid = "", deletionTimestamp, ownerReferences } = pod.metadata ?? {};
  if (pod.spec?.nodeName !== nodeName) return "settled";
  if (deletionTimestamp !== undefined) {
    await core.deleteNamespacedPod({
      name,
      namespace,
      body: { gracePeriodSeconds: 0, preconditions: { uid } },
    });
    return "settled";
  }
  const report = async (status: object): Promise<"settled"> => {
    // The uid is a condition: another pod of that name is not meant.
    await core.patchNamespacedPodStatus({ name, namespace, body: { metadata: { uid }, status } }, asMerge);
    return "settled";
  };
  switch (pod.status?.phase) {
    case "Pending": {
      const missing = await missingOf(core, pod);
      if (missing === undefined) return report(runningStatus(pod));
      await report(waitingStatus(pod, missing));
      return "again";
    }
    case "Running":
      return ownerReferences?.some(({ kind }) => kind === "Job") ? report(succeededStatus(pod)) : "settled";
    default:
      return "settled";
  }
}
