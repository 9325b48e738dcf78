import { createReadStream } from "node:fs";
import { execa } from "execa";
import { UserError } from "../../errors/user-error.ts";
import type { LabLayout } from "../layout.ts";
import type { SiteName } from "../net/addresses.ts";
import { firstProcess, insidePlace } from "../place/place.ts";
import { inside } from "./kubernetes.ts";

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
  const ctr = async (words: readonly string[], input?: string): Promise<string> => {
    const [file = "", ...rest] = insidePlace(first);
    const all = [...rest, "ctr", "--address", inside.containerdSocket, "--namespace", "k8s.io", ...words];
    const { stdout } = await execa(file, all, {
      cancelSignal: signal,
      ...(input === undefined ? {} : { input: createReadStream(input) }),
    });
    return stdout;
  };
  const base = image.ref.replace(/:[^:/]*$/, "");
  const names = [image.ref, `${base}@${image.digest}`];
  const there = (await ctr(["images", "list", "--quiet"])).split("\n");
  if (names.every((name) => there.includes(name))) return;
  await ctr(
    ["images", "import", "--snapshotter", "overlayfs", "--digests", "--base-name", base, "-"],
    image.archive,
  );
  // Pinned, or kubelet's collector would delete what no registry can give back.
  for (const name of names) {
    await ctr([
      "images",
      "label",
      name,
      "io.cri-containerd.image=managed",
      "io.cri-containerd.pinned=pinned",
    ]);
  }
}
