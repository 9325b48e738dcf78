import { z } from "zod";
import { roles, type Site, sites } from "../../contract/stack.ts";
import type { KubePort } from "../ports/cluster.ts";
import { PortError } from "../ports/port-error.ts";
import { type StewardPort, type StewardStatus, stewardPhases } from "../ports/steward.ts";
import type { Places } from "./places.ts";

const statusSchema = z.object({
  site: z.enum(sites),
  role: z.enum(roles),
  epoch: z.number().int(),
  phase: z.enum(stewardPhases),
  error: z.string().nullable().default(null),
  phases: z.array(
    z.object({ phase: z.enum(stewardPhases), startedAtMs: z.number(), endedAtMs: z.number().nullable() }),
  ),
  restoredAtMs: z.number().nullable().default(null),
  backupSet: z.string().nullable().default(null),
  fallbacks: z.array(z.object({ set: z.string(), reason: z.string() })).default([]),
  systemIdentifier: z.union([z.string(), z.number()]).nullable().default(null),
  recoveredLsn: z.string().nullable().default(null),
  timeline: z.number().int().nullable().default(null),
  drained: z.string().nullable().default(null),
});

/** The status file that the pod's scripts write; null while it cannot be had, for whatever reason lies in the pod. */
export function createStewardPort(
  places: Pick<Places, "sites">,
  kube: (site: Site) => KubePort,
): StewardPort {
  return {
    status: async (site, signal) => {
      const { namespace, pod } = places.sites[site];
      // While the restore runs only its own init container can be entered; after it, only the others.
      for (const container of pod.statusContainers) {
        try {
          const result = await kube(site).exec(
            { namespace, pod: pod.pod, container },
            ["cat", pod.statusFile],
            { signal },
          );
          if (result.exitCode === 0) return parseStewardStatus(result.stdout);
        } catch (error) {
          if (!(error instanceof PortError)) throw error;
        }
      }
      return null;
    },
  };
}

/** Null for a file of an unknown form: the status explains a run, it must not end one. */
export function parseStewardStatus(text: string): StewardStatus | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  const parsed = statusSchema.safeParse(value);
  if (!parsed.success) return null;
  const { systemIdentifier, ...rest } = parsed.data;
  return { ...rest, systemIdentifier: systemIdentifier === null ? null : String(systemIdentifier) };
}
