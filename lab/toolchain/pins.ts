import { readFileSync } from "node:fs";
import { join } from "node:path";

/** In the order they are built: what the images wait for comes first, the longest after it. */
export const buildTools = [
  "seaweedfs",
  "rclone",
  "kubernetes",
  "coredns",
  "mailpit",
  "kube-router",
  "pulumi",
  "pulumi-kubernetes",
  "actionlint",
] as const;
export type BuildTool = (typeof buildTools)[number];
/** Of tests alone: built when one asks for it. */
export const toolsOnDemand: readonly BuildTool[] = ["actionlint"];

interface Pin {
  readonly module: string;
  /** Name of the program, as its users call it. */
  readonly program: string;
  readonly title: string;
}

export const pins = {
  seaweedfs: { module: "github.com/seaweedfs/seaweedfs", program: "weed", title: "SeaweedFS" },
  rclone: { module: "github.com/rclone/rclone", program: "rclone", title: "rclone" },
  kubernetes: { module: "k8s.io/kubernetes", program: "kubernetes", title: "Kubernetes" },
  coredns: { module: "github.com/coredns/coredns", program: "coredns", title: "CoreDNS" },
  mailpit: {
    module: "github.com/axllent/mailpit",
    program: "mailpit",
    title: "mailpit and the webhook sink",
  },
  "kube-router": {
    module: "github.com/cloudnativelabs/kube-router/v2",
    program: "kube-router",
    title: "kube-router",
  },
  pulumi: { module: "github.com/pulumi/pulumi/pkg/v3", program: "pulumi", title: "Pulumi" },
  "pulumi-kubernetes": {
    module: "github.com/pulumi/pulumi-kubernetes/provider/v4",
    program: "pulumi-resource-kubernetes",
    title: "Pulumi's Kubernetes provider",
  },
  actionlint: { module: "github.com/rhysd/actionlint", program: "actionlint", title: "actionlint" },
} as const satisfies Record<BuildTool, Pin>;

/** The version without its v. go.mod is the one place that says it, but for the provider (a commit between releases). */
export function pinnedVersion(name: BuildTool): string {
  if (name === "pulumi-kubernetes") return read(name, "VERSION").trim();
  const { module } = pins[name];
  const found = read(name, "go.mod").match(
    new RegExp(`^\\s*(?:require )?${module.replaceAll(".", "\\.")} v(\\S+)`, "m"),
  );
  if (found?.[1] === undefined) throw new Error(`lab/toolchain/${name}/go.mod does not require ${module}`);
  return found[1];
}

const read = (name: string, file: string): string =>
  readFileSync(join(import.meta.dirname, name, file), "utf8");

/** The parts that the multi-call binary is called by. */
export const kubernetesParts = [
  "kube-apiserver",
  "kube-controller-manager",
  "kube-scheduler",
  "kube-proxy",
  "kubelet",
  "kubectl",
] as const;
