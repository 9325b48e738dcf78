import type { SiteConfig } from "../config/index.ts";
import type { ResourcesPlan } from "./types.ts";

export function planResources(resources: SiteConfig["database"]["resources"]): ResourcesPlan {
  const { cpu, memory } = resources.limits;
  return {
    requests: { cpu: resources.requests.cpu, memory: resources.requests.memory },
    limits: { memory, ...(cpu === undefined ? {} : { cpu }) },
  };
}
