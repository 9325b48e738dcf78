// What a site's parts are told. Each expectation is a trap that was met once; that the parts obey is tests/lab.
import { expect, test } from "vitest";
import { renderContainerd, renderPodNetwork } from "../../lab/site/containerd.ts";
import { renderCorefile } from "../../lab/site/dns.ts";
import {
  apiServerFlags,
  execLine,
  renderKubelet,
  renderOperatorKubeconfig,
  renderProxy,
  routerFlags,
} from "../../lab/site/kubernetes.ts";
import { siteObjects, volumeCount } from "../../lab/site/objects.ts";
import { sitePartNames, siteParts, siteSetup } from "../../lab/site/parts.ts";

test("kubelet deletes no image and evicts no pod for a disk that is the machine's", () => {
  const kubelet = JSON.parse(renderKubelet("dr"));
  expect(kubelet.imageGCHighThresholdPercent).toBe(100);
  expect(new Set(Object.values(kubelet.evictionHard))).toEqual(new Set(["0%"]));
  expect(kubelet).toMatchObject({
    cgroupDriver: "cgroupfs",
    cgroupRoot: "/holdfast/dr",
    failCgroupV1: false,
    enforceNodeAllocatable: [],
    clusterDNS: ["198.18.0.12"],
  });
});

test("containerd and kube-proxy ask for nothing that a sandboxed root lacks", () => {
  expect(renderContainerd()).toContain("restrict_oom_score_adj = true");
  expect(JSON.parse(renderProxy("primary"))).toMatchObject({
    mode: "nftables",
    conntrack: { maxPerCore: 0 },
  });
});

test("pods are routed, never hidden behind their node's address", () => {
  const bridge = JSON.parse(renderPodNetwork("primary")).plugins[0];
  expect(bridge.ipMasq).toBe(false);
  expect(bridge.ipam.ranges).toEqual([[{ subnet: "198.18.64.0/20" }]]);
});

test("node ports begin where the gateway and PostgreSQL need them, for the API server and the policies alike", () => {
  expect(apiServerFlags("dr")["service-node-port-range"]).toBe("80-32767");
  expect(routerFlags("dr")["service-node-port-range"]).toBe("80-32767");
  expect(routerFlags("dr")).toMatchObject({
    "run-firewall": true,
    "run-router": false,
    "run-service-proxy": false,
  });
});

test("CoreDNS keeps nothing longer than a traffic name's time to live", () => {
  expect(renderCorefile("dr")).toMatch(/\bcache 5 \{/);
  expect(renderCorefile("dr")).toMatch(/forward \. 198\.18\.0\.55 /);
});

test("the operator's kubeconfig has a context named after each site and a current one only if it is alone", () => {
  const access = (site: "primary" | "dr") => ({ site, ca: "ca", certificate: "crt", key: "key" });
  const both = JSON.parse(renderOperatorKubeconfig([access("primary"), access("dr")]));
  expect(both.contexts.map(({ name }: { name: string }) => name)).toEqual(["primary", "dr"]);
  expect(both["current-context"]).toBeUndefined();
  expect(JSON.parse(renderOperatorKubeconfig([access("dr")]))["current-context"]).toBe("dr");
});

test("a flag a line", () => {
  expect(execLine("etcd", { name: "site", "unsafe-no-fsync": true })).toBe(
    "exec etcd \\\n  --name=site \\\n  --unsafe-no-fsync=true\n",
  );
});

test("every part has a start script, and only one of them asks the API server whether it is ready", () => {
  const scripts = siteParts("primary");
  for (const part of sitePartNames) expect(scripts[part]).toMatch(/exec |kubectl/);
  const asking = Object.entries(scripts).filter(([, script]) => script.includes("/readyz"));
  expect(asking.map(([part]) => part)).toEqual(["api-ready.once"]);
});

test("a volume is emptied only when its state was asked for again after the event", () => {
  const script = siteParts("primary").volumes;
  const asked = script.indexOf("get persistentvolume ");
  expect(asked).toBeGreaterThan(0);
  expect(script.indexOf("-delete")).toBeGreaterThan(asked);
});

test("each volume has a folder, and none deletes what is in it by itself", () => {
  const volumes = siteObjects("dr").filter(({ kind }) => kind === "PersistentVolume");
  expect(volumes).toHaveLength(volumeCount);
  for (const volume of volumes) {
    const spec = volume.spec as { persistentVolumeReclaimPolicy: string; local: { path: string } };
    expect(spec.persistentVolumeReclaimPolicy).toBe("Retain");
    expect(siteSetup("dr")).toContain(spec.local.path);
  }
});
