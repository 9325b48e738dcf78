import { operatorAddress, ports, thirdAddresses } from "./addresses.ts";

/** One kind of packet that a place lets in. */
export interface Opening {
  readonly protocol: "tcp" | "udp";
  readonly address: string;
  readonly port: number;
  /** @default anyone in the lab */
  readonly from?: string;
}

/**
 * What the third place answers to. Its object store's inner ports (filer, master,
 * volume, all their gRPC ones) obey no S3 rule at all, so everything that is not
 * listed is dropped.
 */
export const thirdOpenings: readonly Opening[] = [
  { protocol: "tcp", address: thirdAddresses.objects, port: ports.objects },
  ...[thirdAddresses.ns1, thirdAddresses.ns2, thirdAddresses.resolver].flatMap((address): Opening[] => [
    { protocol: "udp", address, port: 53 },
    { protocol: "tcp", address, port: 53 },
  ]),
  { protocol: "tcp", address: thirdAddresses.ns1, port: ports.nameserverApi, from: operatorAddress },
  { protocol: "tcp", address: thirdAddresses.prometheus, port: ports.prometheus, from: operatorAddress },
  ...[ports.smtp, ports.webhooks].map(
    (port): Opening => ({ protocol: "tcp", address: thirdAddresses.sink, port }),
  ),
  ...[ports.mail, ports.webhooksReceived].map(
    (port): Opening => ({ protocol: "tcp", address: thirdAddresses.sink, port, from: operatorAddress }),
  ),
];

/** nftables rules of a place that lets in only what is listed. */
export function renderOpenings(openings: readonly Opening[]): string {
  const rules = openings.map(
    ({ protocol, address, port, from }) =>
      `    ${from === undefined ? "" : `ip saddr ${from} `}ip daddr ${address} ${protocol} dport ${port} accept`,
  );
  return [
    "table inet holdfast {",
    "  chain input {",
    "    type filter hook input priority filter; policy drop;",
    "    iifname lo accept",
    "    ct state established,related accept",
    "    ip protocol icmp accept",
    ...rules,
    "  }",
    "}",
    "",
  ].join("\n");
}

/** Node ports of a site's exporters, and those of its pods: as in the lab's stack files. */
export const monitoredPorts: readonly number[] = [9100, 9187, 9101];

/**
 * nftables rules of a site: its metrics are for the third place, and for the
 * operator who looks after it. Before kube-proxy's own, which rewrite the address.
 */
export function renderMonitoringRules(): string {
  const readers = [operatorAddress, ...Object.values(thirdAddresses)].join(", ");
  return [
    "table inet holdfast_monitoring {",
    "  chain prerouting {",
    "    type filter hook prerouting priority raw; policy accept;",
    `    iifname eth0 tcp dport { ${monitoredPorts.join(", ")} } ip saddr != { ${readers} } drop`,
    "  }",
    "}",
    "",
  ].join("\n");
}

/**
 * nftables rules of the machine itself: the lab's link carries what the operator
 * asks for and the answers to it, and is passed on to nowhere. Holds even where
 * the machine forwards packets for others.
 */
export function renderHostRules(link: string): string {
  return [
    // Named twice: the first makes the deletion right where the table is not there yet.
    "table inet holdfast",
    "delete table inet holdfast",
    "table inet holdfast {",
    "  chain input {",
    "    type filter hook input priority filter; policy accept;",
    `    iifname != ${link} accept`,
    "    ct state established,related accept",
    "    ip protocol icmp accept",
    "    drop",
    "  }",
    "  chain forward {",
    "    type filter hook forward priority filter; policy accept;",
    `    iifname ${link} drop`,
    `    oifname ${link} drop`,
    "  }",
    "}",
    "",
  ].join("\n");
}
