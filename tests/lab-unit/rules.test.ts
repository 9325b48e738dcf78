// The packet filters as text, and the addresses they are made of. That they hold is tests/lab/isolation.test.ts.
import { expect, test } from "vitest";
import {
  labRange,
  operatorAddress,
  ports,
  routesToPods,
  siteNames,
  siteNetworks,
  thirdAddresses,
} from "../../lab/net/addresses.ts";
import {
  monitoredPorts,
  renderHostRules,
  renderMonitoringRules,
  renderOpenings,
  thirdOpenings,
} from "../../lab/net/rules.ts";

test("the third place publishes S3, DNS, the sink and, to the operator alone, the name server's API, Prometheus and what the sink took", () => {
  const published = thirdOpenings.map(
    ({ protocol, address, port, from }) => `${from ?? "anyone"} -> ${protocol} ${address}:${port}`,
  );
  expect(published).toEqual([
    "anyone -> tcp 198.18.0.20:8333",
    ...["198.18.0.53", "198.18.0.54", "198.18.0.55"].flatMap((server) => [
      `anyone -> udp ${server}:53`,
      `anyone -> tcp ${server}:53`,
    ]),
    "198.18.0.1 -> tcp 198.18.0.53:8081",
    "198.18.0.1 -> tcp 198.18.0.22:9090",
    "anyone -> tcp 198.18.0.23:25",
    "anyone -> tcp 198.18.0.23:80",
    "198.18.0.1 -> tcp 198.18.0.23:8025",
    "198.18.0.1 -> tcp 198.18.0.23:8026",
  ]);
});

test("what is not listed is dropped", () => {
  const rules = renderOpenings([
    { protocol: "tcp", address: "198.18.0.20", port: 8333, from: operatorAddress },
  ]);
  expect(rules).toContain("hook input priority filter; policy drop;");
  expect(rules).toContain("ip saddr 198.18.0.1 ip daddr 198.18.0.20 tcp dport 8333 accept");
  expect(rules.match(/dport/g)).toHaveLength(1);
});

test("the machine passes nothing on from the lab or to it, and the lab opens nothing on the machine", () => {
  const rules = renderHostRules("hf0");
  expect(rules).toContain("iifname hf0 drop");
  expect(rules).toContain("oifname hf0 drop");
  expect(rules).toMatch(
    /iifname != hf0 accept\n\s+ct state established,related accept\n.*icmp accept\n\s+drop/,
  );
});

test("a site's metrics are dropped for all but the third place and the operator", () => {
  const [, ports, readers] =
    /iifname eth0 tcp dport \{ (.+) \} ip saddr != \{ (.+) \} drop/.exec(renderMonitoringRules()) ?? [];
  expect(ports?.split(", ").map(Number)).toEqual(monitoredPorts);
  expect(readers?.split(", ").sort()).toEqual([operatorAddress, ...Object.values(thirdAddresses)].sort());
  for (const site of siteNames) expect(readers).not.toContain(siteNetworks[site].node);
});

test("every address lies in the range for tests, and no two networks overlap", () => {
  const networks = siteNames.flatMap((site) => [siteNetworks[site].pods, siteNetworks[site].services]);
  const hosts = [
    operatorAddress,
    ...Object.values(thirdAddresses),
    ...siteNames.map((s) => siteNetworks[s].node),
  ];
  const ranges = [...networks, ...hosts.map((host) => `${host}/32`)].map(rangeOf);
  const all = rangeOf(labRange);
  for (const range of ranges) expect(range.first >= all.first && range.last <= all.last).toBe(true);
  const sorted = ranges.toSorted((a, b) => a.first - b.first);
  for (const [index, range] of sorted.slice(1).entries())
    expect(range.first, range.text).toBeGreaterThan(sorted[index]?.last ?? 0);
  expect(ports.objects).toBe(8333);
});

test("a site is told the other's pods only, the third place both", () => {
  expect(routesToPods("primary")).toEqual([{ to: "198.18.128.0/20", via: "198.18.0.12" }]);
  expect(routesToPods().map(({ via }) => via)).toEqual(["198.18.0.11", "198.18.0.12"]);
});

function rangeOf(network: string): { text: string; first: number; last: number } {
  const [address = "", prefix = "32"] = network.split("/");
  const first = address.split(".").reduce((sum, byte) => sum * 256 + Number(byte), 0);
  return { text: network, first, last: first + 2 ** (32 - Number(prefix)) - 1 };
}
