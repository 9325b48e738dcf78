import { mkdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { LabArtefacts } from "../artefacts.ts";
import type { LabLayout } from "../layout.ts";
import { routesToPods, type SiteName, siteNetworks } from "../net/addresses.ts";
import { renderMonitoringRules } from "../net/rules.ts";
import type { PlaceSpec } from "../place/place.ts";
import { kubernetesSecrets, kubernetesUsers } from "../secrets/secrets.ts";
import { renderContainerd, renderPodNetwork } from "./containerd.ts";
import { renderCorefile, renderHosts, renderResolvConf } from "./dns.ts";
import { beginWithImages, imageMounts } from "./images.ts";
import { renderKubeconfig, renderKubelet, renderOperatorKubeconfig, renderProxy } from "./kubernetes.ts";
import { renderSiteObjects } from "./objects.ts";
import { siteParts, siteSetup } from "./parts.ts";

/** Folders of a site's disk: everything it keeps when its processes are gone. Path inside -> name. */
const diskFolders = {
  "/var/lib/etcd": "etcd",
  // Of a plain file system: overlayfs snapshots and pods' mounts cannot lie on an overlay.
  "/var/lib/containerd": "containerd",
  "/var/lib/kubelet": "kubelet",
  "/var/lib/holdfast-volumes": "volumes",
} as const;

/** Programs of the multi-call Kubernetes binary, by which name it knows what to be. */
const kubernetesPrograms = [
  "kube-apiserver",
  "kube-controller-manager",
  "kube-scheduler",
  "kube-proxy",
  "kubelet",
  "kubectl",
];

export async function siteSpec(
  site: SiteName,
  layout: LabLayout,
  artefacts: LabArtefacts,
): Promise<PlaceSpec> {
  const place = layout.place(site);
  const { node } = siteNetworks[site];
  const images = Object.entries(await imageMounts(place.disk, site));
  return {
    name: site,
    addresses: [node],
    routes: routesToPods(site),
    forwards: true,
    siteRoot: artefacts.siteRoot,
    binds: {
      "/etc/holdfast/kubernetes": kubernetesSecrets(layout, site),
      "/etc/cni/net.d": join(place.etc, "cni"),
      "/usr/local/bin/kubernetes": artefacts.bin("kubernetes"),
      "/usr/local/bin/kube-router": artefacts.bin("kube-router"),
      "/usr/local/bin/coredns": artefacts.bin("coredns"),
      "/var/log/pods": join(place.log, "pods"),
      ...Object.fromEntries(
        Object.entries(diskFolders).map(([path, name]) => [path, join(place.disk, name)]),
      ),
    },
    readOnlyBinds: Object.fromEntries(images.map(([path, from]) => [`/var/lib/containerd/${path}`, from])),
    links: Object.fromEntries(kubernetesPrograms.map((name) => [`/usr/local/bin/${name}`, "kubernetes"])),
    files: {
      "ca.crt": await readFile(layout.caCertificate, "utf8"),
      "resolv.conf": renderResolvConf(),
      hosts: renderHosts({ [site]: node }),
      "containerd.toml": renderContainerd(),
      "cni/10-pods.conflist": renderPodNetwork(site),
      "kubelet.json": renderKubelet(site),
      "proxy.json": renderProxy(site),
      Corefile: renderCorefile(site),
      "objects.json": renderSiteObjects(site),
      "firewall.nft": renderMonitoringRules(),
      // A mount point: nothing can be made below a bind mount of the host's folder later.
      "kubernetes/.keep": "",
      ...Object.fromEntries(
        (["kubelet", ...Object.keys(kubernetesUsers)] as Parameters<typeof renderKubeconfig>[1][]).map(
          (user) => [`kubeconfig/${user}`, renderKubeconfig(site, user)],
        ),
      ),
    },
    parts: siteParts(site),
    setup: siteSetup(site),
  };
}

/** A disk with every image and nothing else; kept when there already is one. */
export async function ensureSiteDisk(
  site: SiteName,
  layout: LabLayout,
  artefacts: LabArtefacts,
): Promise<void> {
  const { disk, log } = layout.place(site);
  await mkdir(join(log, "pods"), { recursive: true });
  if (await isDirectory(disk)) return;
  const fresh = `${disk}.new`; // an interrupted one is not mistaken for a disk
  await rm(fresh, { recursive: true, force: true });
  for (const name of Object.values(diskFolders)) await mkdir(join(fresh, name), { recursive: true });
  await beginWithImages(fresh, join(fresh, "containerd"), artefacts.containerdRoot);
  await rename(fresh, disk);
}

/** kube/<site>.kubeconfig, and kube/config with every site's context. */
export async function writeOperatorKubeconfigs(layout: LabLayout, sites: readonly SiteName[]): Promise<void> {
  await mkdir(layout.kube, { recursive: true, mode: 0o700 });
  const ca = await readFile(layout.caCertificate, "utf8");
  const access = await Promise.all(
    sites.map(async (site) => {
      const admin = join(kubernetesSecrets(layout, site), "admin");
      const [certificate, key] = await Promise.all([
        readFile(`${admin}.crt`, "utf8"),
        readFile(`${admin}.key`, "utf8"),
      ]);
      return { site, ca, certificate, key };
    }),
  );
  for (const one of access) await replaceFile(layout.kubeconfig(one.site), renderOperatorKubeconfig([one]));
  await replaceFile(join(layout.kube, "config"), renderOperatorKubeconfig(access));
}

async function replaceFile(file: string, body: string): Promise<void> {
  await writeFile(`${file}.new`, body, { mode: 0o600 });
  await rename(`${file}.new`, file);
}

async function isDirectory(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
