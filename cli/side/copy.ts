import { z } from "zod";
import { paths } from "../../components/database/paths.ts";
import type { KubePort } from "../../drill/ports/cluster.ts";
import { PortError } from "../../drill/ports/port-error.ts";
import { UserError } from "../../errors/user-error.ts";
import { type CopyPlan, copyContainer, copyLabel, copyManifests, copyPod } from "./manifests.ts";

const pollMs = 1_000;
const removalMs = 120_000;

export type Say = (line: string) => void;

const statusSchema = z.object({
  phase: z.string(),
  error: z.string().nullable().default(null),
  backupSet: z.string().nullable().default(null),
  recoveredLsn: z.string().nullable().default(null),
  timeline: z.number().nullable().default(null),
  fallbacks: z.array(z.object({ set: z.string(), reason: z.string() })).default([]),
});
export type CopyStatus = z.infer<typeof statusSchema>;

const namespaceSchema = z.object({
  metadata: z.object({
    labels: z.record(z.string(), z.string()).optional(),
    deletionTimestamp: z.string().optional(),
  }),
});

/** Makes the copy's objects. Refuses a namespace that holds anything else: production's above all. */
export async function makeCopy(kube: KubePort, plan: CopyPlan, signal: AbortSignal): Promise<void> {
  await requireOurs(kube, plan.namespace, signal);
  for (const manifest of copyManifests(plan)) await applyOnce(kube, manifest, signal);
}

/** A new namespace's first pod is refused until its service account is there. */
export async function applyOnce(
  kube: KubePort,
  manifest: Readonly<Record<string, unknown>>,
  signal: AbortSignal,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await kube.apply(manifest, signal);
      return;
    } catch (error) {
      if (
        attempt === 30 ||
        !(error instanceof Error) ||
        !/serviceaccount|service account/i.test(error.message)
      )
        throw error;
      await sleep(500, signal);
    }
  }
}

async function requireOurs(kube: KubePort, namespace: string, signal: AbortSignal): Promise<boolean> {
  const found = await kube.get("v1/Namespace", "", namespace, signal);
  if (found === null) return false;
  const { labels, deletionTimestamp } = namespaceSchema.parse(found).metadata;
  if (labels?.[copyLabel] !== "true")
    throw new UserError("ARGUMENT_INVALID", {
      what: `the namespace exists and is no side restore's: nothing in it is touched`,
      got: namespace,
      allowed: "a name that is free",
    });
  if (deletionTimestamp !== undefined)
    throw new UserError("ARGUMENT_INVALID", {
      what: "the namespace is still being removed",
      got: namespace,
      allowed: "a moment later",
    });
  return true;
}

/** Waits until the copy is promoted, telling what its pod says; its refusal ends the wait. */
export async function awaitCopy(
  kube: KubePort,
  namespace: string,
  say: Say,
  signal: AbortSignal,
  limitMs: number,
): Promise<CopyStatus> {
  const deadline = performance.now() + limitMs;
  let shown = "";
  for (;;) {
    const status = await readStatus(kube, namespace, signal);
    const progress = await lastProgress(kube, namespace, signal);
    const line =
      status === null
        ? "waiting for the pod"
        : `${status.phase}${status.phase === "restore" ? progress : ""}`;
    if (line !== shown) say(line);
    shown = line;
    if (status?.error != null)
      throw new UserError("RESTORE_REFUSED", { what: `the copy could not be made: ${status.error}` });
    if (status?.phase === "ready") return status;
    if (performance.now() > deadline)
      throw new UserError("RESTORE_REFUSED", {
        what: `the copy was not ready in ${Math.round(limitMs / 1000)} s; last seen: ${line}`,
        hint: `kubectl -n ${namespace} describe pod ${copyPod}`,
      });
    await sleep(pollMs, signal);
  }
}

async function readStatus(
  kube: KubePort,
  namespace: string,
  signal: AbortSignal,
): Promise<CopyStatus | null> {
  try {
    const { exitCode, stdout } = await kube.exec(
      { namespace, pod: copyPod, container: copyContainer },
      ["cat", `${paths.state}/status.json`],
      { signal },
    );
    return exitCode === 0 ? statusSchema.parse(JSON.parse(stdout)) : null;
  } catch (error) {
    if (error instanceof PortError) return null; // no container yet
    throw error;
  }
}

/** The script's newest percentage, of its JSON log lines. */
async function lastProgress(kube: KubePort, namespace: string, signal: AbortSignal): Promise<string> {
  try {
    const log = await kube.logs({ namespace, pod: copyPod }, 20, signal);
    const percent = [...log.matchAll(/"event":"progress","percent":(\d+)/g)].at(-1)?.[1];
    return percent === undefined ? "" : ` ${percent} %`;
  } catch (error) {
    if (error instanceof PortError) return "";
    throw error;
  }
}

/** Takes the whole namespace away and waits until it is gone. Nothing to take away is fine. */
export async function removeCopy(kube: KubePort, namespace: string, signal: AbortSignal): Promise<boolean> {
  const found = await kube.get("v1/Namespace", "", namespace, signal);
  if (found === null) return false;
  if (namespaceSchema.parse(found).metadata.deletionTimestamp === undefined) {
    await requireOurs(kube, namespace, signal);
    await kube.delete("v1/Namespace", "", namespace, signal);
  }
  const deadline = performance.now() + removalMs;
  while ((await kube.get("v1/Namespace", "", namespace, signal)) !== null) {
    if (performance.now() > deadline)
      throw new UserError("RESTORE_REFUSED", {
        what: `the namespace ${namespace} is still being removed`,
        hint: `kubectl get namespace ${namespace}`,
      });
    await sleep(pollMs, signal);
  }
  return true;
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", stop);
      resolve();
    }, ms);
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    signal.addEventListener("abort", stop, { once: true });
  });
}
