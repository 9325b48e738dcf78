import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { LabLayout } from "../layout.ts";
import { apiEndpoint, type SiteName, siteNetworks } from "../net/addresses.ts";
import { ask } from "../net/http.ts";
import { queryAddress } from "../net/query.ts";
import { kubernetesSecrets } from "../secrets/secrets.ts";
import { healthPorts } from "./kubernetes.ts";
import { volumeCount } from "./objects.ts";
import type { SitePart } from "./parts.ts";

/** Undefined is well; a text says what is wrong. */
export type Complaint = string | undefined;

/** How each part of a site is asked whether it does its work, from outside. */
export function siteProbes(
  site: SiteName,
  layout: LabLayout,
): Readonly<Record<SitePart, () => Promise<Complaint>>> {
  const { node } = siteNetworks[site];
  const api = apiClient(site, layout);
  const page = (url: string) => async (): Promise<Complaint> => complaintOf(await api(url));
  const health = (port: number, scheme: "http" | "https", path = "healthz") =>
    page(`${scheme}://${node}:${port}/${path}`);
  return {
    etcd: page(`${apiEndpoint(site)}/readyz/etcd`),
    "kube-apiserver": page(`${apiEndpoint(site)}/readyz`),
    "kube-controller-manager": health(healthPorts.controllerManager, "https"),
    "kube-scheduler": health(healthPorts.scheduler, "https"),
    // The kubelet says Ready only with a runtime and a pod network that work.
    containerd: async () => {
      const { mtimeMs } = await stat(layout.place(site).pidFile);
      return nodeReady(await api(`${apiEndpoint(site)}/api/v1/nodes/${site}`), mtimeMs);
    },
    kubelet: health(healthPorts.kubelet, "http"),
    "kube-proxy": health(healthPorts.proxy, "http"),
    "kube-router": health(healthPorts.router, "http"),
    coredns: async () => {
      const found = await queryAddress(`kubernetes.default.svc.cluster.local`, node);
      return found.includes(siteNetworks[site].apiService)
        ? undefined
        : `answered ${found.join(" ") || "nothing"}`;
    },
    volumes: async () => {
      const answer = await api(
        `${apiEndpoint(site)}/api/v1/persistentvolumes?labelSelector=app.kubernetes.io/managed-by=holdfast-lab`,
      );
      const found = (JSON.parse(answer.body) as { items?: unknown[] }).items?.length ?? 0;
      return found === volumeCount ? undefined : `${found} of ${volumeCount} volumes`;
    },
  };
}

/** First complaint of any part, with the part's name. */
export async function siteComplaint(site: SiteName, layout: LabLayout): Promise<Complaint> {
  for (const [part, probe] of Object.entries(siteProbes(site, layout))) {
    const complaint = await probe().catch(String);
    if (complaint !== undefined) return `${part}: ${complaint}`;
  }
  return undefined;
}

function apiClient(
  site: SiteName,
  layout: LabLayout,
): (url: string) => Promise<{ status: number; body: string }> {
  const admin = join(kubernetesSecrets(layout, site), "admin");
  const files = Promise.all([
    readFile(layout.caCertificate, "utf8"),
    readFile(`${admin}.crt`, "utf8"),
    readFile(`${admin}.key`, "utf8"),
  ]);
  files.catch(() => {}); // told to whoever asks, below
  return async (url) => {
    const [ca, cert, key] = await files;
    return ask(url, { ca, cert, key });
  };
}

function complaintOf({ status, body }: { status: number; body: string }): Complaint {
  return status === 200 ? undefined : `HTTP ${status} ${body.trim().split("\n")[0] ?? ""}`.trim();
}

/**
 * A site that comes back with its disk finds its node as it was: Ready, said by the kubelet
 * of its former life. Only a report from after `startedMs`, this life's beginning, counts.
 */
export function nodeReady(answer: { status: number; body: string }, startedMs: number): Complaint {
  if (answer.status !== 200) return complaintOf(answer);
  const node = JSON.parse(answer.body) as {
    status?: {
      conditions?: { type: string; status: string; message?: string; lastHeartbeatTime?: string }[];
    };
    spec?: { taints?: { key: string }[] };
  };
  const ready = node.status?.conditions?.find(({ type }) => type === "Ready");
  // Reports carry whole seconds, and no kubelet reports within the second it was started in.
  const isOld = Date.parse(ready?.lastHeartbeatTime ?? "") <= Math.floor(startedMs / 1000) * 1000;
  if (ready !== undefined && isOld) return "the node has not reported since the site started";
  if (ready?.status !== "True") return ready?.message ?? "the node has not reported yet";
  const taint = node.spec?.taints?.find(({ key }) => key.startsWith("node.kubernetes.io/"));
  return taint === undefined ? undefined : `the node is tainted ${taint.key}`;
}
