import type { SiteConfig } from "../config/index.ts";
import { nameOf } from "./names.ts";
import type { VolumePlan } from "./types.ts";

/** A claim that outlives its workload: kept on destroy unless the stack file says otherwise, or it is a rehearsal's copy. */
export function planVolume(
  owner: string,
  section: Pick<SiteConfig["database"], "volume" | "storageClass" | "protect">,
  isThrowaway: boolean,
): VolumePlan {
  const keep = section.protect && !isThrowaway;
  return {
    claimName: nameOf("label", owner, "data"),
    storageClass: section.storageClass ?? null,
    sizeBytes: section.volume,
    protect: keep,
    retainOnDelete: keep,
  };
}
