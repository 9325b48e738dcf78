import type { LabArtefacts, ToolName } from "./artefacts.ts";
import type { CacheOptions } from "./cache/index.ts";
import { containerdRoot, contentOf } from "./images/containerd-root.ts";
import { prometheusRoot } from "./images/prometheus-root.ts";
import { siteRoot } from "./images/site-root.ts";
import { tools } from "./toolchain/index.ts";

/** What the lab is made of, out of the cache; what is not there yet is built. */
export async function labArtefacts(options: CacheOptions): Promise<LabArtefacts> {
  const [built, root, containerd, prometheus] = await Promise.all([
    tools(options),
    siteRoot(options),
    containerdRoot(options),
    prometheusRoot(options),
  ]);
  return {
    bin: (name: ToolName) => built[name].path,
    siteRoot: root.path,
    containerdRoot: contentOf(containerd),
    prometheusRoot: prometheus.path,
    keys: {
      "site-root": root.key,
      "containerd-root": containerd.key,
      "prometheus-root": prometheus.key,
    },
  };
}
