import { z } from "zod";
import { type Site, sites } from "../../contract/stack.ts";
import type { KubePort } from "../ports/cluster.ts";
import { PortError } from "../ports/port-error.ts";
import { askKube, type KubeTarget } from "./kube-request.ts";
import type { Places } from "./places.ts";

const commands = {
  postgres: ["postgres", "--version"],
  pgbackrest: ["pgbackrest", "version"],
} as const;

/** Programs in pods of their own; nginx speaks on standard error. */
const serviceCommands = {
  odoo: ["sh", "-c", "odoo --version"],
  gateway: ["sh", "-c", "nginx -v 2>&1"],
} as const;

const limitMs = 10_000;

/** What the sites say of themselves; both run the same images, so the first word on each counts. Nothing that is down is an error here. */
export async function readSiteVersions(
  places: Places,
  kube: (site: Site) => KubePort,
): Promise<Readonly<Record<string, string>>> {
  const found = await Promise.all(sites.map((site) => versionsAt(places, kube(site))));
  return Object.assign({}, ...found.reverse());
}

async function versionsAt(places: Places, kube: KubePort): Promise<Readonly<Record<string, string>>> {
  const signal = AbortSignal.timeout(limitMs);
  const { context, namespace, pod } = places.sites[kube.site];
  const found: Record<string, string> = {};
  try {
    const target: KubeTarget = { kubeconfig: places.kubeconfig, context };
    const answer = await askKube(target, { method: "GET", path: "/version" }, signal);
    found.kubernetes = versionSchema.parse(JSON.parse(answer.text)).gitVersion;
    for (const [name, command] of Object.entries(commands)) {
      const result = await kube.exec({ namespace, pod: pod.pod, container: pod.container }, command, {
        signal,
      });
      if (result.exitCode === 0) found[name] = result.stdout.trim();
    }
    for (const [service, command] of Object.entries(serviceCommands)) {
      const running = await runningPod(target, namespace, service, signal);
      if (running === null) continue;
      const result = await kube.exec({ namespace, ...running }, command, { signal });
      if (result.exitCode === 0) Object.assign(found, spoken(service, result.stdout));
    }
  } catch (error) {
    // No site, no pod yet, or too slow: what was found so far stands.
    if (!(error instanceof PortError) && !signal.aborted) throw error;
  }
  return found;
}

async function runningPod(
  target: KubeTarget,
  namespace: string,
  service: string,
  signal: AbortSignal,
): Promise<{ readonly pod: string; readonly container: string } | null> {
  const labels = encodeURIComponent(`app.kubernetes.io/name=${service}`);
  const path = `/api/v1/namespaces/${namespace}/pods?labelSelector=${labels}`;
  const answer = await askKube(target, { method: "GET", path }, signal);
  const pods = podsSchema.safeParse(JSON.parse(answer.text)).data?.items ?? [];
  const pod = pods.find(({ status }) => status.phase === "Running");
  const container = pod?.spec.containers[0]?.name;
  return pod === undefined || container === undefined ? null : { pod: pod.metadata.name, container };
}

/** "Odoo Server 14.0" and "nginx version: nginx/1.26.3": the program's own name, and its number. */
export function spoken(service: string, text: string): Readonly<Record<string, string>> {
  const number = /\d+(\.\d+)+\S*/.exec(text)?.[0];
  if (number === undefined) return {};
  return { [service === "gateway" ? "nginx" : service]: number };
}

const podsSchema = z.object({
  items: z.array(
    z.object({
      metadata: z.object({ name: z.string() }),
      spec: z.object({ containers: z.array(z.object({ name: z.string() })) }),
      status: z.object({ phase: z.string() }),
    }),
  ),
});

const versionSchema = z.object({ gitVersion: z.string() });
