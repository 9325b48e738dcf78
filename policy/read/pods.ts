import type { Resource } from "../rule.ts";
import { at, each, itemsOf, keysOf, textOf } from "./value.ts";

/** Path to the pod's spec in each kind of workload. Group and version are not asked: they change. */
const podPaths: Readonly<Record<string, readonly string[]>> = {
  Pod: [],
  Deployment: ["spec", "template"],
  StatefulSet: ["spec", "template"],
  DaemonSet: ["spec", "template"],
  ReplicaSet: ["spec", "template"],
  ReplicationController: ["spec", "template"],
  Job: ["spec", "template"],
  CronJob: ["spec", "jobTemplate", "spec", "template"],
};

export function kubernetesKind(resource: Resource): string | undefined {
  return /^kubernetes:[^:]+:(\w+)$/.exec(resource.type)?.[1];
}

export function runsPods(resource: Resource): boolean {
  const kind = kubernetesKind(resource);
  return kind !== undefined && kind in podPaths;
}

/** A Secret or a ConfigMap. */
export function holdsText(resource: Resource): boolean {
  return ["Secret", "ConfigMap"].includes(kubernetesKind(resource) ?? "");
}

/** A workload's pod template (a pod itself, for a Pod), or undefined where the resource runs none. */
export function podOf(resource: Resource): unknown {
  const kind = kubernetesKind(resource);
  const path = kind === undefined ? undefined : podPaths[kind];
  return path === undefined ? undefined : at(resource.props, ...path);
}

export interface Container {
  readonly name: string;
  readonly spec: unknown;
}

/** Judges each container of a pod, those that prepare it and those for looking in too. */
export function* eachContainer<F>(pod: unknown, judge: (container: Container) => Iterable<F>): Generator<F> {
  for (const list of ["initContainers", "containers", "ephemeralContainers"] as const) {
    yield* each(itemsOf(at(pod, "spec", list)), (spec, index) =>
      judge({ name: textOf(at(spec, "name")) ?? `${list}[${index}]`, spec }),
    );
  }
}

/** The name in the cluster, where it is given; else the one in the program. */
export function objectName(resource: Resource): string {
  return textOf(at(resource.props, "metadata", "name")) ?? resource.name;
}

/** Every text of a Secret or ConfigMap by its key; a Secret's `data` is decoded. */
export function* textsOf(resource: Resource): Generator<{ readonly key: string; readonly text: string }> {
  const kind = kubernetesKind(resource);
  if (kind !== "Secret" && kind !== "ConfigMap") return;
  for (const field of ["stringData", "data"] as const) {
    const given = at(resource.props, field);
    yield* each(keysOf(given), function* (key) {
      const value = textOf(at(given, key));
      if (value === undefined) return;
      const encoded = kind === "Secret" && field === "data";
      yield { key, text: encoded ? Buffer.from(value, "base64").toString("utf8") : value };
    });
  }
}
