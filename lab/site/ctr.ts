import { createReadStream } from "node:fs";
import { execa } from "execa";
import { insidePlace } from "../place/place.ts";
import type { ProcessIdentity } from "../place/processes.ts";
import { inside } from "./kubernetes.ts";

/** containerd's own client at a site, over Kubernetes' images; gives its standard output. `input` is a file's path. */
export type Ctr = (words: readonly string[], input?: string) => Promise<string>;

export function ctrAt(site: ProcessIdentity, signal?: AbortSignal): Ctr {
  return async (words, input) => {
    const [file = "", ...rest] = insidePlace(site);
    const all = [...rest, "ctr", "--address", inside.containerdSocket, "--namespace", "k8s.io", ...words];
    const { stdout } = await execa(file, all, {
      ...(signal === undefined ? {} : { cancelSignal: signal }),
      ...(input === undefined ? {} : { input: createReadStream(input) }),
    });
    return stdout;
  };
}

/** Pinned, or kubelet's collector would delete what no registry can give back. */
export async function pinImage(ctr: Ctr, name: string): Promise<void> {
  await ctr(["images", "label", name, "io.cri-containerd.image=managed", "io.cri-containerd.pinned=pinned"]);
}
