import { apiEndpoint, ports, type SiteName, siteNetworks } from "../net/addresses.ts";
import { cgroupOf } from "../place/cgroups.ts";
import type { KubernetesUser } from "../secrets/secrets.ts";

/** Where a site's own files lie, as seen inside it. */
export const inside = {
  etc: "/etc/holdfast",
  secrets: "/etc/holdfast/kubernetes",
  ca: "/etc/holdfast/ca.crt",
  containerdSocket: "/run/containerd/containerd.sock",
  volumes: "/var/lib/holdfast-volumes",
} as const;

/** Ports of the parts' own health pages, on the node's address so that `lab status` can ask from outside. */
export const healthPorts = {
  scheduler: 10259,
  controllerManager: 10257,
  kubelet: 10248,
  proxy: 10256,
  router: 20244,
} as const;

/** Configuration files are JSON, which every YAML reader takes. */
function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/** For the parts of a site: certificates by path. */
export function renderKubeconfig(site: SiteName, user: KubernetesUser | "kubelet"): string {
  return json({
    apiVersion: "v1",
    kind: "Config",
    "current-context": site,
    clusters: [{ name: site, cluster: { server: apiEndpoint(site), "certificate-authority": inside.ca } }],
    contexts: [{ name: site, context: { cluster: site, user } }],
    users: [
      {
        name: user,
        user: {
          "client-certificate": `${inside.secrets}/${user}.crt`,
          "client-key": `${inside.secrets}/${user}.key`,
        },
      },
    ],
  });
}

export interface OperatorAccess {
  readonly site: SiteName;
  readonly ca: string;
  readonly certificate: string;
  readonly key: string;
}

/** For people and Pulumi: everything inside the one file, one context a site, named after it. */
export function renderOperatorKubeconfig(access: readonly OperatorAccess[]): string {
  const base64 = (text: string): string => Buffer.from(text).toString("base64");
  return json({
    apiVersion: "v1",
    kind: "Config",
    ...(access.length === 1 ? { "current-context": access[0]?.site } : {}),
    clusters: access.map(({ site, ca }) => ({
      name: site,
      cluster: { server: apiEndpoint(site), "certificate-authority-data": base64(ca) },
    })),
    contexts: access.map(({ site }) => ({ name: site, context: { cluster: site, user: `${site}-admin` } })),
    users: access.map(({ site, certificate, key }) => ({
      name: `${site}-admin`,
      user: { "client-certificate-data": base64(certificate), "client-key-data": base64(key) },
    })),
  });
}

export function renderKubelet(site: SiteName): string {
  const { node } = siteNetworks[site];
  return json({
    apiVersion: "kubelet.config.k8s.io/v1beta1",
    kind: "KubeletConfiguration",
    address: node,
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: `${inside.secrets}/users.crt` },
    },
    authorization: { mode: "Webhook" },
    tlsCertFile: `${inside.secrets}/kubelet.crt`,
    tlsPrivateKeyFile: `${inside.secrets}/kubelet.key`,
    containerRuntimeEndpoint: `unix://${inside.containerdSocket}`,
    clusterDNS: [node],
    clusterDomain: "cluster.local",
    healthzBindAddress: node,
    healthzPort: healthPorts.kubelet,
    // No systemd in a site, and the host may have cgroup v1 or v2.
    cgroupDriver: "cgroupfs",
    cgroupRoot: cgroupOf(site),
    failCgroupV1: false,
    // The site's own group carries no limits to enforce: both sites share the machine.
    enforceNodeAllocatable: [],
    // The disk is the machine's, and mostly other people's: a full one must neither
    // evict pods nor delete images that no registry can give back.
    imageGCHighThresholdPercent: 100,
    evictionHard: {
      "memory.available": "0%",
      "nodefs.available": "0%",
      "nodefs.inodesFree": "0%",
      "imagefs.available": "0%",
      "imagefs.inodesFree": "0%",
    },
    serializeImagePulls: false,
    failSwapOn: false,
    // Raising either needs a capability that a sandboxed root may lack.
    oomScoreAdj: 0,
    maxOpenFiles: 20000,
    nodeStatusUpdateFrequency: "5s",
  });
}

export function renderProxy(site: SiteName): string {
  const { node, pods } = siteNetworks[site];
  return json({
    apiVersion: "kubeproxy.config.k8s.io/v1alpha1",
    kind: "KubeProxyConfiguration",
    mode: "nftables",
    bindAddress: node,
    healthzBindAddress: `${node}:${healthPorts.proxy}`,
    metricsBindAddress: "127.0.0.1:10249",
    clientConnection: { kubeconfig: `${inside.etc}/kubeconfig/proxy` },
    clusterCIDR: pods,
    hostnameOverride: site,
    // The table of connections belongs to the machine: its size is not a site's to set.
    conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: "0s", tcpCloseWaitTimeout: "0s" },
    oomScoreAdj: 0,
  });
}

type Flags = Readonly<Record<string, string | number | boolean>>;

export function apiServerFlags(site: SiteName): Flags {
  const { node, services } = siteNetworks[site];
  const { secrets } = inside;
  return {
    "advertise-address": node,
    "bind-address": node,
    "secure-port": ports.api,
    "tls-cert-file": `${secrets}/api.crt`,
    "tls-private-key-file": `${secrets}/api.key`,
    "client-ca-file": `${secrets}/users.crt`,
    // Nobody stands in front of the API server: no certificate bears this name. Unset, the
    // scheduler and the controllers complain about its absence for ever.
    "requestheader-client-ca-file": inside.ca,
    "requestheader-allowed-names": "front-proxy",
    "etcd-servers": "https://127.0.0.1:2379",
    "etcd-cafile": `${secrets}/users.crt`,
    "etcd-certfile": `${secrets}/etcd.crt`,
    "etcd-keyfile": `${secrets}/etcd.key`,
    "kubelet-certificate-authority": `${secrets}/users.crt`,
    "kubelet-client-certificate": `${secrets}/kubelet-client.crt`,
    "kubelet-client-key": `${secrets}/kubelet-client.key`,
    "kubelet-preferred-address-types": "InternalIP",
    "authorization-mode": "Node,RBAC",
    "enable-admission-plugins": "NodeRestriction",
    "service-cluster-ip-range": services,
    // From 80 on: the gateway is 443 and PostgreSQL 5432 on the node itself.
    "service-node-port-range": "80-32767",
    "service-account-issuer": apiEndpoint(site),
    "service-account-key-file": `${secrets}/service-accounts.pub`,
    "service-account-signing-key-file": `${secrets}/service-accounts.key`,
    "allow-privileged": true,
    profiling: false,
  };
}

export function controllerManagerFlags(site: SiteName): Flags {
  const { node, pods, services } = siteNetworks[site];
  const { secrets } = inside;
  return {
    kubeconfig: `${inside.etc}/kubeconfig/controller-manager`,
    "authentication-kubeconfig": `${inside.etc}/kubeconfig/controller-manager`,
    "authorization-kubeconfig": `${inside.etc}/kubeconfig/controller-manager`,
    "bind-address": node,
    "secure-port": healthPorts.controllerManager,
    "tls-cert-file": `${secrets}/api.crt`,
    "tls-private-key-file": `${secrets}/api.key`,
    "leader-elect": false,
    "use-service-account-credentials": true,
    "root-ca-file": inside.ca,
    "service-account-private-key-file": `${secrets}/service-accounts.key`,
    "cluster-signing-cert-file": `${secrets}/users.crt`,
    "cluster-signing-key-file": `${secrets}/users.key`,
    "allocate-node-cidrs": true,
    "cluster-cidr": pods,
    // The one node has all of the site's pod addresses.
    "node-cidr-mask-size": prefixOf(pods),
    "service-cluster-ip-range": services,
    "kube-api-qps": 100,
    "kube-api-burst": 200,
    // A node that reports is untainted at this pace, and a new site waits for that. One node costs nothing.
    "node-monitor-period": "1s",
    profiling: false,
  };
}

export function schedulerFlags(site: SiteName): Flags {
  const { secrets } = inside;
  return {
    kubeconfig: `${inside.etc}/kubeconfig/scheduler`,
    "authentication-kubeconfig": `${inside.etc}/kubeconfig/scheduler`,
    "authorization-kubeconfig": `${inside.etc}/kubeconfig/scheduler`,
    "bind-address": siteNetworks[site].node,
    "secure-port": healthPorts.scheduler,
    "tls-cert-file": `${secrets}/api.crt`,
    "tls-private-key-file": `${secrets}/api.key`,
    "leader-elect": false,
    "kube-api-qps": 100,
    "kube-api-burst": 200,
    profiling: false,
  };
}

export function kubeletFlags(site: SiteName): Flags {
  return {
    config: `${inside.etc}/kubelet.json`,
    kubeconfig: `${inside.etc}/kubeconfig/kubelet`,
    "hostname-override": site,
    "node-ip": siteNetworks[site].node,
  };
}

export function routerFlags(site: SiteName): Flags {
  const { services } = siteNetworks[site];
  return {
    kubeconfig: `${inside.etc}/kubeconfig/router`,
    "hostname-override": site,
    // Only what enforces NetworkPolicy: addresses and services are others' work here.
    "run-firewall": true,
    "run-router": false,
    "run-service-proxy": false,
    "run-loadbalancer": false,
    "service-cluster-ip-range": services,
    "service-node-port-range": "80-32767",
    "health-port": healthPorts.router,
    "metrics-port": 0,
  };
}

export function etcdFlags(): Flags {
  const { secrets } = inside;
  return {
    name: "site",
    "data-dir": "/var/lib/etcd",
    "listen-client-urls": "https://127.0.0.1:2379",
    "advertise-client-urls": "https://127.0.0.1:2379",
    "listen-peer-urls": "http://127.0.0.1:2380",
    "initial-advertise-peer-urls": "http://127.0.0.1:2380",
    "initial-cluster": "site=http://127.0.0.1:2380",
    "cert-file": `${secrets}/etcd.crt`,
    "key-file": `${secrets}/etcd.key`,
    "client-cert-auth": true,
    "trusted-ca-file": `${secrets}/users.crt`,
    // Survives the site's death (the page cache is the machine's), not the machine's.
    "unsafe-no-fsync": true,
    "auto-compaction-retention": "15m",
    "log-level": "warn",
  };
}

/** `exec program --flag=value ...`, one flag a line so that a changed one shows in a diff. */
export function execLine(program: string, flags: Flags): string {
  const lines = Object.entries(flags).map(([name, value]) => `--${name}=${value}`);
  return `exec ${[program, ...lines].join(" \\\n  ")}\n`;
}

function prefixOf(network: string): number {
  return Number(network.split("/")[1]);
}
