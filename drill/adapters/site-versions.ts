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

/** Versions at the first site that answers: both run the same images. Nothing that is down is an error here. */
export async function readSiteVersions(
  places: Places,
  kube: (site: Site) => KubePort,
): Promise<Readonly<Record<string, string>>> {
  for (const site of sites) {
    const signal = AbortSignal.timeout(limitMs);
    try {
      const { context, namespace, pod } = places.sites[site];
      const target: KubeTarget = { kubeconfig: places.kubeconfig, context };
      const answer = await askKube(target, { method: "GET", path: "/version" }, signal);
      const found: Record<string, string> = {
        kubernetes: z.object({ gitVersion: z.string() }).parse(JSON.parse(answer.text)).gitVersion,
      };
      for (const [name, command] of Object.entries(commands)) {
        const result = await kube(site)
          .exec({ namespace, pod: pod.pod, container: pod.container }, command, { signal })
          .catch((error: unknown) => {
            if (error instanceof PortError) return null; // no pod yet
            throw error;
          });
        if (result?.exitCode === 0) found[name] = result.stdout.trim();
      }
      return found;
    } catch (error) {
      if (!(error instanceof PortError) && !signal.aborted) throw error;
    }
  }
  return {};
}
