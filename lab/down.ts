import { readlink, rm } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { alone, type LabContext, siteRootLink, step } from "./context.ts";
import { placeNames } from "./net/addresses.ts";
import { removeSwitch } from "./net/switch.ts";
import { removeCgroups } from "./place/cgroups.ts";
import { killPlace } from "./place/place.ts";

export interface DownOptions {
  /** Leaves disks and secrets, so that the next `lab up` goes on with the same data. */
  readonly keepData: boolean;
}

/** Takes the lab away: processes, network, mounts, groups and files. The cache stays. */
export async function down(context: LabContext, { keepData }: DownOptions): Promise<void> {
  await alone(context, async () => {
    const { layout } = context;
    await rm(layout.record, { force: true });
    await step(context, "lab-stop", "places", () =>
      Promise.all(placeNames.map((name) => killPlace(name, layout.place(name)))),
    );
    await step(context, "lab-network", "network", async () => {
      await removeSwitch(layout.switchNamespace, await readlink(siteRootLink(layout)).catch(() => undefined));
      await removeCgroups();
    });
    if (!keepData) await step(context, "lab-files", "files", () => removeFiles(layout.root));
  });
}

/** A dying place's last writes may put a file into a folder that was just emptied. */
async function removeFiles(root: string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await rm(root, { recursive: true, force: true });
      return;
    } catch (error) {
      if (attempt === 5) throw error;
      await sleep(200);
    }
  }
}
