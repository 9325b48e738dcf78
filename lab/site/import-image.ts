import { UserError } from "../../errors/user-error.ts";
import type { LabLayout } from "../layout.ts";
import type { SiteName } from "../net/addresses.ts";
import { firstProcess } from "../place/place.ts";
import { ctrAt, pinImage } from "./ctr.ts";

/** Brings one more image to a running site, as `images/containerd-root/import.sh` does for those that all have. */
export async function importImage(
  layout: LabLayout,
  site: SiteName,
  image: { readonly ref: string; readonly digest: string; readonly archive: string },
  signal: AbortSignal,
): Promise<void> {
  const first = await firstProcess(layout.place(site));
  if (first === undefined)
    throw new UserError("LAB_NOT_RUNNING", { what: `the lab's site ${site} is not running` });
  const ctr = ctrAt(first, signal);
  const base = image.ref.replace(/:[^:/]*$/, "");
  const names = [image.ref, `${base}@${image.digest}`];
  const there = (await ctr(["images", "list", "--quiet"])).split("\n");
  if (names.every((name) => there.includes(name))) return;
  await ctr(
    ["images", "import", "--snapshotter", "overlayfs", "--digests", "--base-name", base, "-"],
    image.archive,
  );
  for (const name of names) await pinImage(ctr, name);
}
