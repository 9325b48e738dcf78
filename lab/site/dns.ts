import { type SiteName, siteNetworks, thirdAddresses } from "../net/addresses.ts";
import { inside } from "./kubernetes.ts";

/** CoreDNS: the cluster's own names, everything else from the third place's resolver. */
export function renderCorefile(site: SiteName): string {
  const { node } = siteNetworks[site];
  return `.:53 {
  bind ${node}
  errors
  kubernetes cluster.local in-addr.arpa ip6.arpa {
    kubeconfig ${inside.etc}/kubeconfig/dns ${site}
    pods disabled
    ttl 5
    fallthrough in-addr.arpa ip6.arpa
  }
  # The traffic names move with a TTL of 5 s: what is kept here no longer than that cannot hold them back.
  cache 5 {
    disable success cluster.local
    disable denial cluster.local
  }
  forward . ${thirdAddresses.resolver} {
    max_fails 0
  }
}
`;
}

/** The place's own resolver: also what pods with dnsPolicy Default get. */
export function renderResolvConf(): string {
  return `nameserver ${thirdAddresses.resolver}\noptions timeout:2 attempts:2\n`;
}

export function renderHosts(names: Readonly<Record<string, string>>): string {
  const own = Object.entries(names).map(([name, address]) => `${address} ${name}\n`);
  return `127.0.0.1 localhost\n::1 localhost\n${own.join("")}`;
}
