import type { CoreV1Api, V1Pod, V1Volume } from "@kubernetes/client-node";

interface Named {
  readonly kind: "Secret" | "ConfigMap" | "PersistentVolumeClaim";
  readonly name: string;
  /** What it must have. */
  readonly keys: readonly string[];
}

/** The first of what the pod mounts or reads that is not there: a kubelet would not start it. */
export async function missingOf(core: CoreV1Api, pod: V1Pod): Promise<string | undefined> {
  const namespace = pod.metadata?.namespace ?? "";
  for (const { kind, name, keys } of referencesOf(pod)) {
    const found = await keysOf(core, kind, { name, namespace });
    if (found === undefined) return `${kind} ${name} is not there, or not bound`;
    const key = keys.find((each) => !found.includes(each));
    if (key !== undefined) return `${kind} ${name} has no ${key}`;
  }
  return undefined;
}

function referencesOf(pod: V1Pod): readonly Named[] {
  const { volumes = [], containers = [], initContainers = [] } = pod.spec ?? {};
  return [
    ...volumes.flatMap((volume) => ofVolume(volume, pod.metadata?.name ?? "")),
    ...[...initContainers, ...containers].flatMap(({ env = [] }) =>
      env.flatMap(({ valueFrom }): Named[] => {
        const { name, key } = valueFrom?.secretKeyRef ?? {};
        return name === undefined || key === undefined ? [] : [{ kind: "Secret", name, keys: [key] }];
      }),
    ),
    ...subPathsOf(pod),
  ];
}

function ofVolume(volume: V1Volume, podName: string): readonly Named[] {
  const { secret, configMap, projected, persistentVolumeClaim: claim, ephemeral } = volume;
  const named = (kind: Named["kind"], name: string | undefined): Named[] =>
    name === undefined ? [] : [{ kind, name, keys: [] }];
  return [
    ...named("Secret", secret?.secretName),
    ...named("ConfigMap", configMap?.name),
    ...(projected?.sources ?? []).flatMap((source) => [
      ...named("Secret", source.secret?.name),
      ...named("ConfigMap", source.configMap?.name),
    ]),
    ...named("PersistentVolumeClaim", claim?.claimName),
    ...named("PersistentVolumeClaim", ephemeral === undefined ? undefined : `${podName}-${volume.name}`),
  ];
}

/** A mount of one file of a ConfigMap names its key. */
function subPathsOf(pod: V1Pod): readonly Named[] {
  const { volumes = [], containers = [], initContainers = [] } = pod.spec ?? {};
  return [...initContainers, ...containers].flatMap(({ volumeMounts = [] }) =>
    volumeMounts.flatMap(({ name: mounted, subPath }): Named[] => {
      const map = volumes.find(({ name }) => name === mounted)?.configMap?.name;
      return map === undefined || subPath === undefined
        ? []
        : [{ kind: "ConfigMap", name: map, keys: [subPath] }];
    }),
  );
}

/** Undefined where it is not there, or a claim has no volume. */
async function keysOf(
  core: CoreV1Api,
  kind: Named["kind"],
  at: { readonly name: string; readonly namespace: string },
): Promise<readonly string[] | undefined> {
  try {
    switch (kind) {
      case "Secret":
        return Object.keys((await core.readNamespacedSecret(at)).data ?? {});
      case "ConfigMap":
        return Object.keys((await core.readNamespacedConfigMap(at)).data ?? {});
      case "PersistentVolumeClaim":
        return (await core.readNamespacedPersistentVolumeClaim(at)).status?.phase === "Bound"
          ? []
          : undefined;
      default:
        return kind satisfies never;
    }
  } catch (error) {
    if ((error as { readonly code?: number }).code === 404) return undefined;
    throw error;
  }
}
