import type { Site } from "../../contract/stack.ts";

/** The sites as machines: only a lab can take one away. Rules for every implementation: ../ports.ts. */

export interface SiteState {
  readonly state: "up" | "down" | "absent";
  /** Each part that is not as it should be, in words. */
  readonly unhealthy: readonly string[];
}

export interface LabStatus {
  readonly third: SiteState;
  readonly sites: Readonly<Record<Site, SiteState>>;
}

/** Named damage for the opposite cases: each must turn the verdict red with its cause named. */
export const plants = [
  "offsite-deleted",
  "wrong-cipher",
  "dns-refused",
  "wal-removed",
  "site-store-blackholed",
  "n8n-image-broken",
] as const;
export type Plant = (typeof plants)[number];

export interface LabPort {
  status(): Promise<LabStatus>;
  /** Third place only; idempotent. Resolves when its parts answer. */
  ensureThirdPlace(signal: AbortSignal): Promise<void>;
  /** Idempotent: a site that is up is left alone; one that is down comes back with its disk. */
  ensureSite(site: Site, signal: AbortSignal): Promise<void>;
  /** A site with empty disks: no cluster objects, no volumes. Stops it first if it runs. */
  restartSiteFresh(site: Site, signal: AbortSignal): Promise<void>;
  /** The loss: SIGKILL to the site's first process. Resolves when that process is gone, with the wall time just before the signal was sent. */
  killSite(site: Site): Promise<{ readonly sentAtMs: number; readonly goneAtMs: number }>;
  plant(plant: Plant, signal: AbortSignal): Promise<{ readonly detail: string }>;
  /** Undoes what `plant` did where it can be undone; says nothing when there is nothing. */
  unplant(plant: Plant, signal: AbortSignal): Promise<void>;
}
