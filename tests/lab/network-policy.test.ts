// That a pod cannot leave the lab, and that a NetworkPolicy holds a running pod: quarantine rests on it.
// Does not prove ingress rules, nor how long a policy takes on a busy site.
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ports, siteNames, thirdAddresses } from "../../lab/net/addresses.ts";
import { kubectlFor, makeNamespace, removeNamespace, sleeper } from "./support/namespace.ts";

const namespace = "holdfast-test-policy";
const policy = {
  apiVersion: "networking.k8s.io/v1",
  kind: "NetworkPolicy",
  metadata: { name: "quarantine" },
  spec: { podSelector: { matchLabels: { app: "client" } }, policyTypes: ["Egress"], egress: [] },
};

describe.each(siteNames)("a pod at %s", (site) => {
  const kubectl = kubectlFor(site, namespace);

  beforeAll(async () => {
    await makeNamespace(kubectl, namespace);
    await kubectl(["apply", "-f", "-"], sleeper("client"));
    await kubectl(["wait", "--for=condition=Ready", "pod/client", "--timeout=300s"]);
  });
  afterAll(() => removeNamespace(kubectl, namespace));

  /** "open", or bash's words for why not; nothing after five seconds of silence. */
  const connect = (address: string, port: number): Promise<string> =>
    kubectl([
      ...["exec", "client", "--", "bash", "-c"],
      `timeout 5 bash -c 'exec 3<>/dev/tcp/${address}/${port} && echo open' 2>&1 || true`,
    ]);

  /** How long the site takes over it is not what is shown. */
  async function expectSoon(word: "open" | "shut"): Promise<void> {
    const withinMs = 120_000;
    const deadline = performance.now() + withinMs;
    let last = "";
    while (performance.now() < deadline) {
      last = (await connect(thirdAddresses.objects, ports.objects)) === "open" ? "open" : "shut";
      if (last === word) return;
      await sleep(200);
    }
    expect(last, `the store's port after ${withinMs} ms`).toBe(word);
  }

  test("has no way out of the lab", async () => {
    // Polled: a pod that has just started on a busy node may wait for the answer longer than the time it is given.
    await expect
      .poll(() => connect("192.0.2.1", 443), { timeout: 60_000, interval: 500 })
      .toMatch(/unreachable/i);
  });

  test("is cut off by an egress policy and let go again without it", async () => {
    await expectSoon("open");
    await kubectl(["apply", "-f", "-"], policy);
    await expectSoon("shut");
    await kubectl(["delete", "networkpolicy", "quarantine"]);
    await expectSoon("open");
  });

  test("is refused when it does not meet the namespace's standard", async () => {
    const { spec, ...rest } = sleeper("careless");
    const careless = { ...rest, spec: { ...(spec as object), securityContext: {} } };
    await expect(kubectl(["apply", "-f", "-"], careless)).rejects.toThrow(/violates PodSecurity "restricted/);
  });
});
