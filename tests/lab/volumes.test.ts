// That a volume keeps a pod's files, is writable by fsGroup, and is empty when the next claim gets it: a restore
// that finds a predecessor's files would prove nothing. Does not prove capacity: nothing enforces it.
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { kubectlFor, makeNamespace, removeNamespace, sleeper } from "./support/namespace.ts";
import { layout } from "./support/places.ts";

const site = "dr";
const namespace = "holdfast-test-volumes";
const kubectl = kubectlFor(site, namespace);
const claim = {
  apiVersion: "v1",
  kind: "PersistentVolumeClaim",
  metadata: { name: "data" },
  spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
};

beforeAll(() => makeNamespace(kubectl, namespace));
afterAll(() => removeNamespace(kubectl, namespace));

test("outlives its pod, and is emptied and offered again when its claim goes", async () => {
  await kubectl(["apply", "-f", "-"], claim);
  for (const name of ["first", "second"]) {
    await kubectl(["apply", "-f", "-"], sleeper(name, "data"));
    await kubectl(["wait", "--for=condition=Ready", `pod/${name}`, "--timeout=300s"]);
    if (name === "first")
      await kubectl([
        "exec",
        name,
        "--",
        "sh",
        "-c",
        "mkdir -m 0700 /data/pgdata && echo x >/data/pgdata/file",
      ]);
    else expect(await kubectl(["exec", name, "--", "stat", "-c", "%u %a", "/data/pgdata"])).toBe("999 2700");
    await kubectl(["delete", "pod", name, "--wait"]);
  }
  const volume = await kubectl(["get", "pvc", "data", "--output=jsonpath={.spec.volumeName}"]);
  const folder = join(layout.place(site).disk, "volumes", volume);
  expect(await readdir(folder)).toEqual(["pgdata"]);
  await kubectl(["delete", "pvc", "data", "--wait"]);
  const phase = (): Promise<string> => kubectl(["get", "pv", volume, "--output=jsonpath={.status.phase}"]);
  await expect.poll(phase, { timeout: 120_000, interval: 200 }).toBe("Available");
  expect(await readdir(folder)).toEqual([]);
});
