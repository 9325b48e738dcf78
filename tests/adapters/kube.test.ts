// The pure parts of the Kubernetes adapter, and its errors against a server on the loopback. The real API server is in tests/lab.

import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createKubePort, jobFrom, jobStateOf } from "../../drill/adapters/kube.ts";
import { exitCodeOf } from "../../drill/adapters/kube-exec.ts";
import { kubePath } from "../../drill/adapters/kube-request.ts";
import { PortError } from "../../drill/ports/port-error.ts";
import { UserError } from "../../errors/user-error.ts";
import { ensureAuthority, ensureLeaf } from "../../lab/secrets/certificates.ts";

describe("kubePath", () => {
  it.each([
    ["v1/Pod", "holdfast", "database-0", "/api/v1/namespaces/holdfast/pods/database-0"],
    ["apps/v1/StatefulSet", "holdfast", undefined, "/apis/apps/v1/namespaces/holdfast/statefulsets"],
    [
      "networking.k8s.io/v1/NetworkPolicy",
      "a",
      "b",
      "/apis/networking.k8s.io/v1/namespaces/a/networkpolicies/b",
    ],
    ["networking.k8s.io/v1/Ingress", "a", "b", "/apis/networking.k8s.io/v1/namespaces/a/ingresses/b"],
    ["v1/Endpoints", "a", "b", "/api/v1/namespaces/a/endpoints/b"],
    ["v1/Node", "", "primary", "/api/v1/nodes/primary"],
    ["storage.k8s.io/v1/StorageClass", "", "local", "/apis/storage.k8s.io/v1/storageclasses/local"],
  ])("%s in %j", (kind, namespace, name, path) => {
    expect(kubePath(kind, namespace, name)).toBe(path);
  });

  it("refuses a kind without its version", () => {
    expect(() => kubePath("Pod", "a", "b")).toThrow("v1/Pod");
  });
});

describe("jobStateOf", () => {
  const job = (conditions: readonly object[], active = 0) => ({ status: { active, conditions } });

  it.each([
    ["absent", null],
    ["running", {}],
    ["running", job([], 1)],
    ["running", job([{ type: "FailureTarget", status: "True", reason: "DeadlineExceeded" }])],
    [
      "succeeded",
      job([
        { type: "SuccessCriteriaMet", status: "True" },
        { type: "Complete", status: "True" },
      ]),
    ],
    ["failed", job([{ type: "Failed", status: "True", reason: "BackoffLimitExceeded" }])],
    ["running", job([{ type: "Complete", status: "False" }], 1)],
  ])("is %s", (state, value) => {
    expect(jobStateOf(value).state).toBe(state);
  });

  it("says why it failed", () => {
    const failed = job([
      { type: "Failed", status: "True", reason: "DeadlineExceeded", message: "Job was active too long" },
    ]);
    expect(jobStateOf(failed).detail).toBe("DeadlineExceeded: Job was active too long");
  });
});

describe("jobFrom", () => {
  it("runs although the CronJob is suspended, and carries the run", () => {
    const template = {
      metadata: { labels: { app: "backup" } },
      spec: { suspend: true, template: { spec: { restartPolicy: "Never" } } },
    };
    const made = jobFrom(
      { spec: { jobTemplate: template } },
      { namespace: "holdfast", cronJob: "backup-offsite-full", job: "full-1", run: "r1" },
    );
    expect(made).toMatchObject({
      metadata: { name: "full-1", labels: { app: "backup", "holdfast.dev/run": "r1" } },
      spec: { suspend: false, template: { spec: { restartPolicy: "Never" } } },
    });
  });
});

describe("exitCodeOf", () => {
  it("reads the exit status, and knows a command that never ran", () => {
    expect(exitCodeOf({ status: "Success" })).toBe(0);
    const causes = [{ reason: "ExitCode", message: "7" }];
    expect(exitCodeOf({ status: "Failure", details: { causes } })).toBe(7);
    expect(exitCodeOf({ status: "Failure", message: "container not found" })).toBeNull();
  });
});

describe("KubePort", () => {
  let folder: string;
  let server: Server;
  let answer: { status: number; body: unknown } | null;
  let kubeconfig: string;
  const never = new AbortController().signal;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "holdfast-kube-"));
    const authority = await ensureAuthority(join(folder, "ca"), "test");
    await ensureLeaf(authority, { path: join(folder, "leaf"), commonName: "api", addresses: ["127.0.0.1"] });
  });
  afterAll(() => rm(folder, { recursive: true }));
  beforeEach(async () => {
    const [cert, key] = await Promise.all([
      readFile(join(folder, "leaf.crt")),
      readFile(join(folder, "leaf.key")),
    ]);
    server = createServer({ cert, key }, (_, response) => {
      if (answer === null) return;
      response.statusCode = answer.status;
      response.end(JSON.stringify(answer.body));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    kubeconfig = join(folder, "config");
    await writeFile(
      kubeconfig,
      JSON.stringify({
        apiVersion: "v1",
        kind: "Config",
        clusters: [
          {
            name: "c",
            cluster: {
              server: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
              "certificate-authority": join(folder, "ca.crt"),
            },
          },
        ],
        users: [{ name: "u", user: { token: "t" } }],
        contexts: [{ name: "primary", context: { cluster: "c", user: "u" } }],
      }),
    );
  });
  afterEach(() => {
    server.closeAllConnections();
    return new Promise<void>((resolve) => server.close(() => resolve()));
  });

  const port = () => createKubePort("primary", { kubeconfig, context: "primary" });
  const get = () => port().get("v1/Pod", "holdfast", "database-0", never);

  it("gives an object, and null where there is none", async () => {
    answer = { status: 200, body: { kind: "Pod" } };
    expect(await get()).toEqual({ kind: "Pod" });
    answer = { status: 404, body: { kind: "Status", message: "not found" } };
    expect(await get()).toBeNull();
  });

  it.each([
    ["has begun and said nothing yet", 204],
    ["waits", 400],
    ["is not there", 404],
  ])("has no log of a container that %s", async (_, status) => {
    answer = { status, body: {} };
    expect(await port().logs({ namespace: "holdfast", pod: "copy" }, 20, never)).toBe("");
  });

  it("tells what the user must mend from what may pass", async () => {
    answer = { status: 403, body: { message: "pods is forbidden" } };
    await expect(get()).rejects.toMatchObject({
      code: "CLUSTER_UNREACHABLE",
      message: expect.stringContaining("pods is forbidden"),
    });
    answer = { status: 503, body: { message: "etcd is not ready" } };
    await expect(get()).rejects.toBeInstanceOf(PortError);
  });

  it("ends with its signal when the server says nothing", async () => {
    answer = null;
    const stop = new AbortController();
    const asked = port().get("v1/Pod", "a", "b", stop.signal);
    setTimeout(() => stop.abort(new Error("the step's time is over")), 50);
    await expect(asked).rejects.toThrow("the step's time is over");
  });

  it("reaches, or says why not, within its own time", async () => {
    answer = { status: 200, body: "ok" };
    expect(await port().reach(never)).toEqual({ reachable: true, detail: "ready" });
    answer = null;
    const began = performance.now();
    expect(await port().reach(never)).toMatchObject({
      reachable: false,
      detail: expect.stringContaining("2000 ms"),
    });
    expect(performance.now() - began).toBeLessThan(6000);
  });

  it("names a context that is not there, and those that are", async () => {
    const other = createKubePort("dr", { kubeconfig, context: "dr" });
    const error = await other.get("v1/Pod", "a", "b", never).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UserError);
    expect(String(error)).toContain("allowed: primary");
  });
});
