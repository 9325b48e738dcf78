import {
  type KubeConfig,
  type KubernetesListObject,
  type KubernetesObject,
  makeInformer,
} from "@kubernetes/client-node";

/**
 * Calls `settle` for each object when it appears or changes, one call at a time for an object and once more when it
 * changed meanwhile. What it throws is of a moment (a conflict, an object that is gone): the next change, or half a
 * second, tries again.
 */
export async function settleEach<T extends KubernetesObject>(
  config: KubeConfig,
  path: string,
  list: () => Promise<KubernetesListObject<T>>,
  settle: (object: T) => Promise<"settled" | "again">,
): Promise<() => Promise<void>> {
  const informer = makeInformer(config, path, list);
  const busy = new Map<string, T | undefined>();
  let stopped = false;
  const work = async (object: T): Promise<void> => {
    const key = object.metadata?.uid ?? "";
    if (busy.has(key)) {
      busy.set(key, object);
      return;
    }
    busy.set(key, undefined);
    const outcome = await settle(object).catch(() => "again" as const);
    const newer = busy.get(key);
    busy.delete(key);
    if (stopped) return;
    if (newer !== undefined) return work(newer);
    if (outcome === "again") setTimeout(retry, 500, object).unref();
  };
  const retry = (object: T): void => {
    const { name = "", namespace } = object.metadata ?? {};
    const now = stopped ? undefined : informer.get(name, namespace);
    if (now !== undefined && now.metadata?.uid === object.metadata?.uid) void work(now);
  };
  informer.on("add", work);
  informer.on("update", work);
  informer.on("error", () => {
    // The API server ends a watch now and then.
    if (!stopped) setTimeout(() => void informer.start().catch(() => undefined), 200).unref();
  });
  await informer.start();
  return async () => {
    stopped = true;
    await informer.stop();
  };
}
