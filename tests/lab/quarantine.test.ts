// That the quarantine's own policy, as the plan makes it, holds a running application's pod off the sink and leaves
// it its site and the names; and that the sink hears it before and after. Does not prove what Odoo sends: the drill does.
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { quarantineSpec } from "../../components/quarantine.ts";
import { ports, siteNetworks, thirdAddresses } from "../../lab/net/addresses.ts";
import { sunkMail, sunkRequests } from "../../lab/third/sink.ts";
import { planQuarantine } from "../../plan/quarantine.ts";
import { load } from "../config/stack-files.ts";
import { kubectlFor, makeNamespace, removeNamespace, sleeper } from "./support/namespace.ts";

const namespace = "holdfast-test-quarantine";
const kubectl = kubectlFor("dr", namespace);

beforeAll(async () => {
  await makeNamespace(kubectl, namespace);
  await kubectl(["apply", "-f", "-"], sleeper("client"));
  await kubectl(["wait", "--for=condition=Ready", "pod/client", "--timeout=300s"]);
});
afterAll(() => removeNamespace(kubectl, namespace));

const inPod = (script: string): Promise<string> =>
  kubectl(["exec", "client", "--", "timeout", "20", "bash", "-c", `${script} 2>&1 || true`]);

/** As a program that posts to a partner: straight over the socket, because the image has little else. */
const post = (path: string): Promise<string> =>
  inPod(
    `exec 3<>/dev/tcp/${thirdAddresses.sink}/${ports.webhooks} && printf 'POST ${path} HTTP/1.0\\r\\nContent-Length: 2\\r\\n\\r\\nhi' >&3 && head -n 1 <&3`,
  );

const mail = (subject: string): Promise<string> =>
  inPod(
    `exec 3<>/dev/tcp/${thirdAddresses.sink}/${ports.smtp} && for line in 'HELO dr' 'MAIL FROM:<a@dr.test>' 'RCPT TO:<b@partner.test>' DATA; do read -r -u 3 answer; printf '%s\\r\\n' "$line" >&3; done; read -r -u 3 answer; printf 'Subject: ${subject}\\r\\n\\r\\nhi\\r\\n.\\r\\n' >&3; read -r -u 3 answer; echo "$answer"`,
  );

async function reaches(word: "open" | "shut", address: string, port: number): Promise<void> {
  const deadline = performance.now() + 120_000;
  let last = "";
  while (performance.now() < deadline) {
    const said = await inPod(`timeout 5 bash -c 'exec 3<>/dev/tcp/${address}/${port} && echo open'`);
    last = said.trim() === "open" ? "open" : "shut";
    if (last === word) return;
    await sleep(200);
  }
  expect(last, `${address}:${port}`).toBe(word);
}

function policy(): object {
  const { config } = load("dr", { "site.role": "active", "site.quarantine": true });
  if (config.kind !== "site") throw new Error("not a site's config");
  const plan = planQuarantine(config);
  if (plan === null) throw new Error("no quarantine is planned");
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: { name: plan.name },
    spec: quarantineSpec(plan),
  };
}

test("messages reach the sink before and after quarantine, and none in it", async () => {
  const heard = async (): Promise<readonly string[]> => [
    ...(await sunkRequests()).map(({ path }) => path),
    ...(await sunkMail()).map(({ subject }) => subject),
  ];
  const mark = `quarantine-${Date.now()}`;

  await post(`/${mark}/before`);
  await mail(`${mark}-before`);
  await expect
    .poll(heard, { timeout: 60_000 })
    .toEqual(expect.arrayContaining([`/${mark}/before`, `${mark}-before`]));
  const [sent] = (await sunkRequests()).filter(({ path }) => path === `/${mark}/before`);
  expect(sent?.from, "the sink sees the pod itself").toMatch(/^198\.18\.1(2[89]|3\d|4[0-3])\./);

  await kubectl(["apply", "-f", "-"], policy());
  await reaches("shut", thirdAddresses.sink, ports.webhooks);
  await post(`/${mark}/during`);
  await mail(`${mark}-during`);
  await reaches("open", thirdAddresses.objects, ports.objects);
  await reaches("open", siteNetworks.dr.node, 53);
  await reaches("shut", thirdAddresses.ns1, ports.nameserverApi);

  await kubectl(["delete", "networkpolicy", "quarantine"]);
  await reaches("open", thirdAddresses.sink, ports.webhooks);
  await post(`/${mark}/after`);
  await mail(`${mark}-after`);
  await expect
    .poll(heard, { timeout: 60_000 })
    .toEqual(expect.arrayContaining([`/${mark}/after`, `${mark}-after`]));
  expect((await heard()).filter((each) => each.includes(mark) && each.includes("during"))).toEqual([]);
});
