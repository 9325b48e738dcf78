import type { SiteConfig } from "../config/index.ts";
import { nameOf } from "./names.ts";

/** A rehearsal lives beside dr's own stack, in the same cluster. */
export function planNamespace(site: SiteConfig["site"]): string {
  return site.role === "rehearsal"
    ? nameOf("label", site.cluster.namespace, "rehearsal")
    : nameOf("label", site.cluster.namespace);
}
