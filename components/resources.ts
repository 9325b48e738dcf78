import type { types } from "@pulumi/kubernetes";
import type { ResourcesPlan } from "../plan/types.ts";

export function toRequirements(plan: ResourcesPlan): types.input.core.v1.ResourceRequirements {
  return { requests: { ...plan.requests }, limits: { ...plan.limits } };
}

/** A helper beside the main process: its small share keeps its work from the applications. */
export const sidecarResources: types.input.core.v1.ResourceRequirements = {
  requests: { cpu: "10m", memory: "32Mi" },
  limits: { memory: "512Mi" },
};

/** A backup job's own: it gives orders, the database's side does the work. */
export const backupJobResources: types.input.core.v1.ResourceRequirements = {
  requests: { cpu: "100m", memory: "64Mi" },
  limits: { cpu: "1", memory: "512Mi" },
};
