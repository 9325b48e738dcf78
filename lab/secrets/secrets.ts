import { chmod, mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { LabLayout } from "../layout.ts";
import {
  objectsHost,
  type SiteName,
  siteNames,
  siteNetworks,
  thirdAddresses,
  zone,
} from "../net/addresses.ts";
import { ensureAuthority, ensureLeaf, ensureSigningKey, type LeafSpec } from "./certificates.ts";
import { ensureValues, writeSecret } from "./values.ts";

/** Users of a site's API server that are not people, with their certificates' names. */
export const kubernetesUsers = {
  admin: { commonName: "holdfast:admin", organization: "system:masters" },
  "controller-manager": { commonName: "system:kube-controller-manager" },
  scheduler: { commonName: "system:kube-scheduler" },
  proxy: { commonName: "system:kube-proxy" },
  router: { commonName: "holdfast:kube-router" },
  dns: { commonName: "holdfast:coredns" },
  volumes: { commonName: "holdfast:volumes" },
} as const satisfies Record<string, { commonName: string; organization?: string }>;
export type KubernetesUser = keyof typeof kubernetesUsers;

/** Everything under secrets/ of docs/contracts.md; what is there and still good is kept. */
export async function ensureSecrets(layout: LabLayout, passphraseFile: string): Promise<void> {
  await mkdir(layout.secrets, { recursive: true, mode: 0o700 });
  await chmod(layout.secrets, 0o700);
  await ensureValues(layout.secrets);
  await writeSecret(join(layout.secrets, "lab-passphrase"), (await readFile(passphraseFile, "utf8")).trim());
  const authority = await ensureAuthority(join(layout.secrets, "ca"), "holdfast lab CA");
  const third: LeafSpec = {
    path: join(layout.secrets, "third", "tls"),
    commonName: objectsHost,
    dns: [objectsHost, "localhost"],
    addresses: [thirdAddresses.objects, "127.0.0.1"],
  };
  await ensureLeaf(authority, third);
  for (const site of siteNames) {
    for (const leaf of siteLeaves(site, layout)) await ensureLeaf(authority, leaf);
    await ensureKubernetes(site, layout);
  }
}

/** What a site's services and its API server show; signed by the lab's CA. */
export function siteLeaves(site: SiteName, layout: LabLayout): readonly LeafSpec[] {
  const { node, apiService } = siteNetworks[site];
  const inside = (name: string): string[] => [
    name,
    `${name}.holdfast.svc`,
    `${name}.holdfast.svc.cluster.local`,
  ];
  return [
    {
      path: join(layout.secrets, site, "tls"),
      commonName: `${site}.${zone}`,
      dns: [
        `*.${zone}`,
        `erp.${zone}`,
        ...inside("database"),
        ...inside("objects"),
        "pgbackrest",
        "localhost",
      ],
      addresses: [node, "127.0.0.1"],
    },
    {
      path: join(kubernetesSecrets(layout, site), "api"),
      commonName: "kube-apiserver",
      dns: [
        "kubernetes",
        "kubernetes.default",
        "kubernetes.default.svc",
        "kubernetes.default.svc.cluster.local",
        "localhost",
      ],
      addresses: [node, apiService, "127.0.0.1"],
    },
  ];
}

/** The API server's own keys: apart from tls.key, which Pulumi hands to pods. */
export function kubernetesSecrets(layout: LabLayout, site: SiteName): string {
  return join(layout.secrets, site, "kubernetes");
}

async function ensureKubernetes(site: SiteName, layout: LabLayout): Promise<void> {
  const directory = kubernetesSecrets(layout, site);
  // An authority for each site's users: one site's administrator is nobody at the other.
  const users = await ensureAuthority(join(directory, "users"), `holdfast lab ${site} users`);
  await ensureLeaf(users, { path: join(directory, "etcd"), commonName: "etcd", addresses: ["127.0.0.1"] });
  await ensureLeaf(users, { path: join(directory, "kubelet-client"), commonName: "holdfast:apiserver" });
  await ensureLeaf(users, {
    path: join(directory, "kubelet"),
    commonName: `system:node:${site}`,
    organization: "system:nodes",
    dns: [site],
    addresses: [siteNetworks[site].node],
  });
  for (const [name, user] of Object.entries(kubernetesUsers)) {
    await ensureLeaf(users, { path: join(directory, name), ...user });
  }
  await ensureSigningKey(join(directory, "service-accounts"));
}
