import { join } from "node:path";
import type { PlaceName, SiteName } from "./net/addresses.ts";

/** Where the running lab's files lie (docs/contracts.md): paths only, nothing is read or made here. */
export interface LabLayout {
  readonly root: string;
  /** What runs; written last, by rename. */
  readonly record: string;
  readonly secrets: string;
  readonly caCertificate: string;
  readonly kube: string;
  readonly pulumiHome: string;
  /** Executables for a person's PATH: pulumi, the language host, kubectl. */
  readonly bin: string;
  /** The network namespace that joins the places, held open by a bind mount on this file. */
  readonly switchNamespace: string;
  /** What is being deleted, out of the way of what comes next. */
  readonly trash: string;
  place(name: PlaceName): PlaceLayout;
  kubeconfig(site: SiteName): string;
}

export interface PlaceLayout {
  readonly root: string;
  /** Configuration and scripts, seen inside as /etc/holdfast. */
  readonly etc: string;
  readonly secrets: string;
  /** What outlives the place's processes; a fresh start begins with a new one. */
  readonly disk: string;
  readonly log: string;
  /** Held by the first process for as long as it lives. */
  readonly lock: string;
  readonly pidFile: string;
}

export const defaultLabRoot = "/var/lib/holdfast-lab";

export function labLayout(root: string): LabLayout {
  const secrets = join(root, "secrets");
  return {
    root,
    record: join(root, "lab.json"),
    secrets,
    caCertificate: join(secrets, "ca.crt"),
    kube: join(root, "kube"),
    pulumiHome: join(root, "pulumi"),
    bin: join(root, "bin"),
    switchNamespace: join(root, "switch"),
    trash: join(root, "trash"),
    place: (name) => ({
      root: join(root, name),
      etc: join(root, name, "etc"),
      secrets: join(secrets, name),
      disk: join(root, name, "disk"),
      log: join(root, "log", name),
      lock: join(root, name, "lock"),
      pidFile: join(root, name, "first-process"),
    }),
    kubeconfig: (site) => join(root, "kube", `${site}.kubeconfig`),
  };
}
