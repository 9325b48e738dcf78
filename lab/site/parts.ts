import { apiEndpoint, type SiteName } from "../net/addresses.ts";
import {
  apiServerFlags,
  controllerManagerFlags,
  etcdFlags,
  execLine,
  inside,
  kubeletFlags,
  routerFlags,
  schedulerFlags,
} from "./kubernetes.ts";
import { volumeCount, volumeName } from "./objects.ts";

export const sitePartNames = [
  "etcd",
  "kube-apiserver",
  "kube-controller-manager",
  "kube-scheduler",
  "containerd",
  "kubelet",
  "kube-proxy",
  "kube-router",
  "coredns",
  "volumes",
] as const;
export type SitePart = (typeof sitePartNames)[number];

/** What happens once at each start, and the sign by which the parts know it has. */
type SiteErrand = "api-ready" | "objects";
const apiReady = "/run/holdfast/api-ready";
const objectsApplied = "/run/holdfast/objects-applied";

/** Start script of each part. They wait for each other here, so that a site starts the same with nobody watching. */
export function siteParts(site: SiteName): Readonly<Record<SitePart | `${SiteErrand}.once`, string>> {
  const ready = waitFor(apiReady);
  const rights = waitFor(objectsApplied);
  return {
    etcd: execLine("etcd", etcdFlags()),
    "kube-apiserver": execLine("kube-apiserver", apiServerFlags(site)),
    "kube-controller-manager": ready + execLine("kube-controller-manager", controllerManagerFlags(site)),
    "kube-scheduler": ready + execLine("kube-scheduler", schedulerFlags(site)),
    containerd: `exec containerd --config ${inside.etc}/containerd.toml\n`,
    kubelet: `until [ -S ${inside.containerdSocket} ]; do sleep 0.1; done\n${ready}${execLine("kubelet", kubeletFlags(site))}`,
    "kube-proxy": ready + execLine("kube-proxy", { config: `${inside.etc}/proxy.json` }),
    "kube-router": rights + nodeHasPodNetwork(site) + execLine("kube-router", routerFlags(site)),
    coredns: `${rights}exec coredns -conf ${inside.etc}/Corefile\n`,
    volumes: rights + recycler(),
    "api-ready.once": askReady(site),
    "objects.once": ready + applyObjects(),
  };
}

/** Before the parts: the folders behind the volumes. */
export function siteSetup(site: SiteName): string {
  const folders = Array.from(
    { length: volumeCount },
    (_, index) => `${inside.volumes}/${volumeName(site, index + 1)}`,
  );
  return `mkdir -p ${folders.join(" ")} /run/containerd /run/holdfast
nft -f /etc/holdfast/firewall.nft\n`;
}

function waitFor(sign: string): string {
  return `until [ -e ${sign} ]; do sleep 0.1; done\n`;
}

/** One asks for all: eight parts that each ask over TLS take the machine's time from the API server's start. */
function askReady(site: SiteName): string {
  const url = `${apiEndpoint(site)}/readyz`;
  return `until curl -fsS -o /dev/null --cacert ${inside.ca} ${url} 2>/dev/null; do sleep 0.2; done
: >${apiReady}
`;
}

/** Unchecked by kubectl: its check fetches every type's description, which the API server must make first. */
function applyObjects(): string {
  return `kubectl --kubeconfig=${inside.etc}/kubeconfig/admin apply --server-side --force-conflicts \\
  --validate=ignore -f ${inside.etc}/objects.json
: >${objectsApplied}
`;
}

/** kube-router ends at once on a node without one. */
function nodeHasPodNetwork(site: SiteName): string {
  const user = `--cert ${inside.secrets}/router.crt --key ${inside.secrets}/router.key`;
  const url = `${apiEndpoint(site)}/api/v1/nodes/${site}`;
  return `until curl -fsS --cacert ${inside.ca} ${user} ${url} 2>/dev/null | jq -e .spec.podCIDR >/dev/null; do sleep 0.5; done\n`;
}

/**
 * Gives volumes back: one whose claim is gone is emptied and offered again. A watch,
 * not a poll, so that an idle site stays idle. Kubernetes itself has no deleter for local volumes.
 */
function recycler(): string {
  const kubectl = `kubectl --kubeconfig=${inside.etc}/kubeconfig/volumes`;
  return `${kubectl} get persistentvolumes --watch --no-headers \\
  --output custom-columns=N:.metadata.name,P:.status.phase,L:.spec.local.path |
  while read -r name phase path; do
    case $phase in Released | Failed) ;; *) continue ;; esac
    # Asked again: events lag, and a volume that was given back meanwhile may be another claim's by now.
    phase=$(${kubectl} get persistentvolume "$name" --output jsonpath={.status.phase}) || continue
    case $phase in Released | Failed) ;; *) continue ;; esac
    case $path in ${inside.volumes}/?*) ;; *) continue ;; esac
    find "$path" -mindepth 1 -delete
    chown 0:0 "$path"
    chmod 00755 "$path" # the zeros also clear the group bit that fsGroup sets
    ${kubectl} patch persistentvolume "$name" --type=json \\
      --patch='[{"op":"remove","path":"/spec/claimRef"}]'
  done
`;
}
