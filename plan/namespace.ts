import type { SiteConfig } from "../config/index.ts";
import { nameOf } from "./names.ts";

/** A rehearsal lives beside dr's own stack, in the same cluster. */
export function planNamespace({ role, cluster }: SiteConfig["site"]): string {
  return role === "rehearsal" ? rehearsalNamespace(cluster.namespace) : nameOf("label", cluster.namespace);
}

/** @param namespace of the site itself */
export function rehearsalNamespace(namespace: string): string {
  return nameOf("label", namespace, "rehearsal");
}

/** Of its own: nothing that a restored copy does can touch what serves. */
export function restoreTestNamespace(namespace: string): string {
  return nameOf("label", namespace, "restore-test");
}
