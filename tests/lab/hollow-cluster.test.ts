// The cluster that tests/lab/site-engine.test.ts runs on: that its real parts are at work, and what its hollow nodes and
// volumes do. Does not prove anything of a kubelet.
import { existsSync } from "node:fs";
import path from "node:path";
import { AppsV1Api, BatchV1Api, CoreV1Api } from "@kubernetes/client-node";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type HollowCluster, startHollowCluster } from "./support/hollow/cluster.ts";
import { objectsOf } from "./support/hollow/objects.ts";

const namespace = "hollow-test";
let cluster: HollowCluster;
let core: CoreV1Api;

beforeAll(async () => {
  cluster = await startHollowCluster(["one", "two"]);
  core = cluster.config.makeApiClient(CoreV1Api);
  const labels = { "pod-security.kubernetes.io/enforce": "restricted" };
  await core.createNamespace({ body: { metadata: { name: namespace, labels } } });
});
afterAll(() => cluster?.stop());

const security = {
  runAsNonRoot: true,
  runAsUser: 1000,
  allowPrivilegeEscalation: false,
  capabilities: { drop: ["ALL"] },
  seccompProfile: { type: "RuntimeDefault" },
};
const container = { name: "it", image: "example/it", securityContext: security };
const within = { timeout: 60_000, interval: 200 };

test("a pod that may be more than restricted is refused", async () => {
  const bare = { name: "it", image: "example/it" };
  const pod = { metadata: { name: "bare" }, spec: { containers: [bare] } };
  await expect(core.createNamespacedPod({ namespace, body: pod })).rejects.toThrow(/violates PodSecurity/u);
});

test("a set runs once what it mounts is there, on a volume that its claim gets", async () => {
  const spec = { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } };
  await core.createNamespacedPersistentVolumeClaim({ namespace, body: { metadata: { name: "data" }, spec } });
  const volumes = [
    { name: "data", persistentVolumeClaim: { claimName: "data" } },
    { name: "keys", secret: { secretName: "keys" } },
  ];
  const selector = { app: "set" };
  const apps = cluster.config.makeApiClient(AppsV1Api);
  await apps.createNamespacedStatefulSet({
    namespace,
    body: {
      metadata: { name: "set" },
      spec: {
        selector: { matchLabels: selector },
        template: { metadata: { labels: selector }, spec: { containers: [container], volumes } },
      },
    },
  });
  const waits = async () => {
    const { items } = await core.listNamespacedPod({ namespace });
    return items[0]?.status?.containerStatuses?.[0]?.state?.waiting?.message;
  };
  await expect.poll(waits, within).toBe("Secret keys is not there, or not bound");
  await core.createNamespacedSecret({ namespace, body: { metadata: { name: "keys" } } });
  const ready = async () =>
    (await apps.readNamespacedStatefulSet({ name: "set", namespace })).status?.readyReplicas;
  await expect.poll(ready, within).toBe(1);
});

test("a job ends well", async () => {
  const batch = cluster.config.makeApiClient(BatchV1Api);
  const template = { spec: { restartPolicy: "Never", containers: [container] } };
  await batch.createNamespacedJob({ namespace, body: { metadata: { name: "job" }, spec: { template } } });
  const done = async () => (await batch.readNamespacedJob({ name: "job", namespace })).status?.succeeded;
  await expect.poll(done, within).toBe(1);
});

test("a namespace that goes takes everything with it, and a stop leaves nothing", async () => {
  await core.deleteNamespace({ name: namespace });
  await expect.poll(() => objectsOf(cluster.config), within).toEqual([]);
  await cluster.stop();
  expect(existsSync(path.dirname(path.dirname(cluster.kubeconfig)))).toBe(false);
  await expect(core.listNode()).rejects.toThrow();
});
