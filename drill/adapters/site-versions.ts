import { z } from "zod";
import { type Site, sites } from "../../contract/stack.ts";
import { type KubePort, PortError } from "../ports.ts";
import { askKube, type KubeTarget } from "./kube-request.ts";
import type { Places } from "./places.ts";

const commands = {
  postgres: ["postgres", "--version"],
  pgbackrest: ["pgbackrest", "version"],
} as const;

const limitMs = 5000;

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
  } catch (error) {
    // No site, no pod yet, or too slow: what was found so far stands.
    if (!(error instanceof PortError) && !signal.aborted) throw error;
  }
  return found;
}

const versionSchema = z.object({ gitVersion: z.string() });
