import type {
  V1Container,
  V1ContainerState,
  V1ContainerStatus,
  V1Pod,
  V1PodCondition,
} from "@kubernetes/client-node";

/** Every pod has it: nothing is ever sent there. */
const podIP = "192.0.2.3";

export function runningStatus(pod: V1Pod): object {
  const startedAt = new Date();
  return {
    phase: "Running",
    startTime: startedAt,
    podIP,
    podIPs: [{ ip: podIP }],
    conditions: conditionsOf("True"),
    initContainerStatuses: statusesOf(pod.spec?.initContainers, true, ended(startedAt)),
    containerStatuses: statusesOf(pod.spec?.containers, true, { running: { startedAt } }),
  };
}

export function succeededStatus(pod: V1Pod): object {
  return {
    phase: "Succeeded",
    conditions: conditionsOf("False", "PodCompleted"),
    containerStatuses: statusesOf(pod.spec?.containers, false, ended(new Date())),
  };
}

/** As kubelet says that something is not there, so that who waits for the pod can tell why. */
export function waitingStatus(pod: V1Pod, message: string): object {
  const waiting = { reason: "CreateContainerConfigError", message };
  return {
    phase: "Pending",
    conditions: conditionsOf("False", "ContainersNotReady"),
    containerStatuses: statusesOf(pod.spec?.containers, false, { waiting }),
  };
}

function ended(at: Date): V1ContainerState {
  return { terminated: { exitCode: 0, reason: "Completed", startedAt: at, finishedAt: at } };
}

function statusesOf(
  containers: readonly V1Container[] = [],
  ready: boolean,
  state: V1ContainerState,
): readonly V1ContainerStatus[] {
  return containers.map(({ name, image = "" }) => ({
    name,
    image,
    imageID: "",
    ready,
    restartCount: 0,
    started: state.running !== undefined,
    state,
  }));
}

function conditionsOf(ready: "True" | "False", reason?: string): readonly V1PodCondition[] {
  const lastTransitionTime = new Date();
  const said = reason === undefined ? {} : { reason };
  return [
    { type: "PodScheduled", status: "True", lastTransitionTime },
    { type: "Initialized", status: "True", lastTransitionTime },
    { type: "ContainersReady", status: ready, lastTransitionTime, ...said },
    { type: "Ready", status: ready, lastTransitionTime, ...said },
  ];
}
