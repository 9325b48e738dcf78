import { documentKey } from "./odoo.ts";
import { lastSegment, walObject } from "./repository.ts";
import type { WorldState } from "./state.ts";

/** What happens to production in the third place while a rehearsal runs: what always does, and what a test adds. */
export async function happenMeanwhile({ s3, epoch, faults }: WorldState, signal: AbortSignal): Promise<void> {
  const newer = walObject(epoch.epoch, lastSegment + 1);
  s3.put(newer, "production's own");
  switch (faults.meanwhile) {
    case "archived-elsewhere":
      s3.put(walObject(epoch.epoch + 1, 1), "wal");
      break;
    case "fork":
      s3.put(newer.replaceAll("/0000000100000000", "/0000000200000000"), "wal");
      break;
    case "deleted":
      await s3.delete("holdfast-offsite", walObject(epoch.epoch, 2), null, signal);
      break;
    case "document":
      s3.put(documentKey("00/nobodys"), "document");
      break;
    case "epoch":
      s3.put("fence/primary", "{}");
      break;
    default:
  }
}
