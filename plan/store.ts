import type { SiteConfig } from "../config/index.ts";
import { nameOf } from "./names.ts";
import type { StorePlan } from "./types.ts";
import { planVolume } from "./volume.ts";

export const storePort = 8333;

/** The site's own store runs in every role: a standby's holds what replication brings. */
export function planStore(config: SiteConfig): StorePlan {
  const { store } = config;
  const name = nameOf("statefulSet", "objects");
  const isRehearsal = config.site.role === "rehearsal";
  return {
    name,
    image: store.image,
    nodePort: isRehearsal ? null : (store.nodePort ?? null),
    volume: planVolume(name, store, isRehearsal),
    bucket: store.bucket,
    accessKey: store.accessKey,
    secretKey: store.secretKey,
    replicas: 1,
  };
}

/** Name of the store inside the site's cluster. */
export function storeHost(namespace: string): string {
  return `objects.${namespace}.svc.cluster.local`;
}
