import { spawn } from "node:child_process";
import { mkdir, rename, stat } from "node:fs/promises";
import { join } from "node:path";
import type { LabArtefacts } from "./artefacts.ts";
import type { LabLayout } from "./layout.ts";
import type { PlaceName, SiteName } from "./net/addresses.ts";
import { firstProcess, startPlace } from "./place/place.ts";
import { type Complaint, siteComplaint } from "./site/health.ts";
import { ensureSiteDisk, siteSpec } from "./site/site.ts";
import { ensureStateBucket } from "./third/buckets.ts";
import { thirdComplaint } from "./third/health.ts";
import { ensureThirdDisk, thirdSpec } from "./third/third.ts";
import { HopelessError, until } from "./until.ts";

/** Disk, first process, and the wait until every part answers; what is there already is kept. */
export async function startHealthy(
  name: PlaceName,
  layout: LabLayout,
  artefacts: LabArtefacts,
  signal?: AbortSignal,
): Promise<void> {
  await (name === "third"
    ? startThird(layout, artefacts, signal)
    : startSite(name, layout, artefacts, signal));
}

async function startSite(
  site: SiteName,
  layout: LabLayout,
  artefacts: LabArtefacts,
  signal?: AbortSignal,
): Promise<void> {
  await ensureSiteDisk(site, layout, artefacts);
  await startPlace(await siteSpec(site, layout, artefacts), layout.place(site), layout.switchNamespace);
  await until(
    `${site}: every part answers`,
    whileAlive(site, layout, () => siteComplaint(site, layout)),
    {
      timeout: "siteReady",
      signal,
    },
  );
}

async function startThird(layout: LabLayout, artefacts: LabArtefacts, signal?: AbortSignal): Promise<void> {
  await ensureThirdDisk(layout);
  await startPlace(await thirdSpec(layout, artefacts), layout.place("third"), layout.switchNamespace);
  await until(
    "third: every part answers",
    whileAlive("third", layout, () => thirdComplaint(layout)),
    {
      timeout: "objectStore",
      signal,
    },
  );
  // The store answers a moment before it can write.
  await until(
    "third: state bucket",
    async () => {
      await ensureStateBucket(layout);
      return undefined;
    },
    { timeout: "objectStore", everyMs: 300, signal },
  );
}

function whileAlive(
  name: PlaceName,
  layout: LabLayout,
  probe: () => Promise<Complaint>,
): () => Promise<Complaint> {
  return async () => {
    const place = layout.place(name);
    if ((await firstProcess(place)) !== undefined) return probe();
    throw new HopelessError(`${name}: its first process ended; see ${join(place.log, "init.log")}`);
  };
}

/** Puts a dead place's disk out of the way; deleting what can be gigabytes goes on behind. */
export async function discardDisk(name: PlaceName, layout: LabLayout): Promise<void> {
  const { disk, log } = layout.place(name);
  await mkdir(layout.trash, { recursive: true });
  for (const folder of [disk, join(log, "pods")]) {
    if (await exists(folder))
      await rename(folder, join(layout.trash, `${Date.now()}-${name}-${folder.split("/").pop()}`));
  }
  emptyTrash(layout);
}

export function emptyTrash(layout: LabLayout): void {
  const remover = spawn("nice", ["-n", "19", "sh", "-c", 'rm -rf -- "$1"/*', "sh", layout.trash], {
    detached: true,
    stdio: "ignore",
  });
  remover.unref();
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
