import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { LabArtefacts } from "./artefacts.ts";
import { link } from "./context.ts";
import type { LabLayout } from "./layout.ts";
import { installStandins, type StandIn } from "./standins/install.ts";
import { pinnedVersion } from "./toolchain/index.ts";

/** PULUMI_HOME with the plugins that no registry is asked for, and the folder of programs for PATH. */
export async function installPulumiHome(
  layout: LabLayout,
  artefacts: LabArtefacts,
  node: string,
): Promise<readonly StandIn[]> {
  const name = `resource-kubernetes-v${pinnedVersion("pulumi-kubernetes")}`;
  const plugin = join(layout.pulumiHome, "plugins", name);
  await mkdir(plugin, { recursive: true });
  await mkdir(layout.bin, { recursive: true });
  await link(artefacts.bin("pulumi-kubernetes"), join(plugin, "pulumi-resource-kubernetes"));
  await link(artefacts.bin("pulumi"), join(layout.bin, "pulumi"));
  await link(artefacts.bin("seaweedfs"), join(layout.bin, "weed"));
  await link(join(dirname(artefacts.bin("kubernetes")), "kubectl"), join(layout.bin, "kubectl"));
  return installStandins({ pulumiHome: layout.pulumiHome, binDir: layout.bin, node });
}
