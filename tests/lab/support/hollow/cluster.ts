// A Kubernetes cluster on loopback: etcd, API server, controllers and scheduler are the lab's own programs with the
// lab's own flags; nodes and storage are hollow (node.ts, volumes.ts), so no kubelet, no container and no network.
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { CoreV1Api, Health, KubeConfig } from "@kubernetes/client-node";
import { siteRoot } from "../../../../lab/images/site-root.ts";
import { apiEndpoint, siteNetworks } from "../../../../lab/net/addresses.ts";
import { ensureAuthority, ensureLeaf, ensureSigningKey } from "../../../../lab/secrets/certificates.ts";
import { kubernetesUsers } from "../../../../lab/secrets/secrets.ts";
import {
  apiServerFlags,
  controllerManagerFlags,
  etcdFlags,
  inside,
  renderKubeconfig,
  schedulerFlags,
} from "../../../../lab/site/kubernetes.ts";
import { tool } from "../../../../lab/toolchain/index.ts";
import { type Child, startChild } from "../child.ts";
import { freePorts } from "../free-ports.ts";
import { makeUndo } from "../undo.ts";
import { startHollowNode } from "./node.ts";
import { startHollowVolumes } from "./volumes.ts";

export interface HollowCluster {
  /** A file with every context that was asked for; all of them lead here. */
  readonly kubeconfig: string;
  readonly config: KubeConfig;
  stop(): Promise<void>;
}

/** Whose flags are taken; the cluster is nobody's site. */
const site = "primary";
/** Of a cold start on a machine that has much else to do. */
const readyMs = 240_000;
type Flags = Readonly<Record<string, string | number | boolean>>;

export async function startHollowCluster(contexts: readonly string[]): Promise<HollowCluster> {
  const root = await mkdtemp(path.join(tmpdir(), "hollow-cluster-"));
  const undo = makeUndo();
  undo.add(() => rm(root, { recursive: true, force: true }));
  try {
    const [etcd = 0, peer = 0, api = 0, controllers = 0, scheduler = 0] = await freePorts(5);
    const endpoint = `https://127.0.0.1:${api}`;
    await makeCertificates(root);
    const led = lead(root, endpoint, etcd, peer);
    await writeKubeconfigs(root, led);
    const children: Child[] = [];
    const run = (name: string, command: readonly [string, ...string[]]): void => {
      const child = startChild(name, command, root);
      children.push(child);
      undo.add(() => child.stop());
    };
    const [{ path: kubernetes }, { path: tree }] = await Promise.all([tool("kubernetes"), siteRoot()]);
    const part = (name: string): string => path.join(path.dirname(kubernetes), name);
    run("etcd", inTree(tree, root, ["etcd", ...options(lead("/mnt", endpoint, etcd, peer)(etcdFlags()))]));
    run("kube-apiserver", [part("kube-apiserver"), ...options(apiFlags(led(apiServerFlags(site)), api))]);
    const kubeconfig = path.join(root, "kubeconfig", "config");
    const config = await operatorConfig(root, endpoint, contexts, kubeconfig);
    // Not before: a controller manager without its rights ends.
    await until("the API server is ready", children, () => new Health(config).readyz({}));
    const local = { "bind-address": "127.0.0.1" };
    const ofControllers = { ...led(controllerManagerFlags(site)), ...local, "secure-port": controllers };
    run("kube-controller-manager", [part("kube-controller-manager"), ...options(ofControllers)]);
    const ofScheduler = { ...led(schedulerFlags(site)), ...local, "secure-port": scheduler };
    run("kube-scheduler", [part("kube-scheduler"), ...options(ofScheduler)]);
    undo.add(await startHollowNode(config));
    undo.add(await startHollowVolumes(config));
    await until("the node takes pods", children, async () => {
      const { items } = await config.makeApiClient(CoreV1Api).listNode();
      return items.every(({ spec }) => (spec?.taints ?? []).length === 0);
    });
    return { kubeconfig, config, stop: undo.run };
  } catch (error) {
    await undo.run();
    throw error;
  }
}

/** The lab's certificates by the lab's names, for another address. */
async function makeCertificates(root: string): Promise<void> {
  const folder = path.join(root, "kubernetes");
  const at = (name: string): string => path.join(folder, name);
  const [ca, users] = await Promise.all([
    ensureAuthority(path.join(root, "ca"), "hollow cluster CA"),
    ensureAuthority(at("users"), "hollow cluster users"),
  ]);
  const local = ["127.0.0.1"];
  const { apiService } = siteNetworks[site];
  await Promise.all([
    ensureLeaf(ca, { path: at("api"), commonName: "kube-apiserver", addresses: [apiService, ...local] }),
    ensureLeaf(users, { path: at("etcd"), commonName: "etcd", addresses: local }),
    ensureLeaf(users, { path: at("kubelet-client"), commonName: "holdfast:apiserver" }),
    ...Object.entries(kubernetesUsers).map(([name, user]) => ensureLeaf(users, { path: at(name), ...user })),
    ensureSigningKey(at("service-accounts")),
  ]);
}

/** Leads what the lab writes to a folder and to ports of our own. */
function lead(folder: string, endpoint: string, etcd: number, peer: number): <T>(value: T) => T {
  const ways: readonly (readonly [string, string])[] = [
    [inside.etc, folder],
    ["/var/lib/etcd", `${folder}/etcd`],
    [apiEndpoint(site), endpoint],
    ["127.0.0.1:2379", `127.0.0.1:${etcd}`],
    ["127.0.0.1:2380", `127.0.0.1:${peer}`],
  ];
  return <T>(value: T): T =>
    JSON.parse(ways.reduce((text, [from, to]) => text.replaceAll(from, to), JSON.stringify(value))) as T;
}

/** Node ports are Kubernetes' own range, which a site of a user's has, and not the lab's. */
function apiFlags(flags: Flags, port: number): Flags {
  const { "service-node-port-range": _, ...rest } = flags;
  return {
    ...rest,
    "bind-address": "127.0.0.1",
    "secure-port": port,
    // Pods reach nothing here, and a loopback address is no endpoint.
    "advertise-address": "192.0.2.1",
    "endpoint-reconciler-type": "none",
  };
}

function options(flags: Flags): readonly string[] {
  return Object.entries(flags).map(([name, value]) => `--${name}=${value}`);
}

/** In a mount namespace of its own: the tree is a cache that others use, and the data lies in our folder. */
function inTree(tree: string, folder: string, command: readonly string[]): readonly [string, ...string[]] {
  const script = 'mount --bind "$1" "$2/mnt"\nshift\nexec chroot "$@"';
  return ["unshare", "--mount", "sh", "-ec", script, "sh", folder, tree, ...command];
}

async function writeKubeconfigs(root: string, led: <T>(value: T) => T): Promise<void> {
  await mkdir(path.join(root, "kubeconfig"));
  await mkdir(path.join(root, "etcd"), { mode: 0o700 });
  for (const user of ["controller-manager", "scheduler"] as const)
    await writeFile(path.join(root, "kubeconfig", user), led(renderKubeconfig(site, user)));
}

async function operatorConfig(
  root: string,
  server: string,
  contexts: readonly string[],
  file: string,
): Promise<KubeConfig> {
  const admin = path.join(root, "kubernetes", "admin");
  const config = new KubeConfig();
  config.loadFromOptions({
    clusters: [{ name: "hollow", server, caFile: path.join(root, "ca.crt"), skipTLSVerify: false }],
    users: [{ name: "admin", certFile: `${admin}.crt`, keyFile: `${admin}.key` }],
    contexts: contexts.map((name) => ({ name, cluster: "hollow", user: "admin" })),
    currentContext: contexts[0] ?? "",
  });
  await writeFile(file, config.exportConfig(), { mode: 0o600 });
  return config;
}

/** Waits until `isSo`, or says which program ended meanwhile, or what was last seen. */
async function until(what: string, children: readonly Child[], isSo: () => Promise<boolean>): Promise<void> {
  let last: unknown = "nothing";
  let over = false;
  const asked = async (): Promise<string | undefined> => {
    for (const end = performance.now() + readyMs; performance.now() < end && !over; await sleep(200)) {
      try {
        if (await isSo()) return undefined;
        last = "no";
      } catch (error) {
        last = error;
      }
    }
    return `${what} not in ${readyMs / 1000} s; last seen: ${last}`;
  };
  const problem = await Promise.race([asked(), ...children.map(({ ended }) => ended)]);
  over = true;
  if (problem !== undefined) throw new Error(problem);
}
