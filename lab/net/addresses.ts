/**
 * Who has which address. All of it lies in 198.18.0.0/15, the range that RFC 2544
 * sets aside for such tests, so nothing here can be the address of a real machine.
 */
export const siteNames = ["primary", "dr"] as const;
export type SiteName = (typeof siteNames)[number];

export const placeNames = ["primary", "dr", "third"] as const;
export type PlaceName = (typeof placeNames)[number];

export interface SiteNetwork {
  /** The node: API server, node ports, DNS of the pods. */
  readonly node: string;
  readonly pods: string;
  readonly services: string;
  /** First address of the service range: the API server as pods see it. */
  readonly apiService: string;
}

export const siteNetworks: Readonly<Record<SiteName, SiteNetwork>> = {
  primary: {
    node: "198.18.0.11",
    pods: "198.18.64.0/20",
    services: "198.19.64.0/20",
    apiService: "198.19.64.1",
  },
  dr: {
    node: "198.18.0.12",
    pods: "198.18.128.0/20",
    services: "198.19.128.0/20",
    apiService: "198.19.128.1",
  },
};

export const labRange = "198.18.0.0/15";
export const operatorAddress = "198.18.0.1";
/** Prefix length of the segment that joins operator, sites and third place. */
export const segmentPrefix = 24;

export const thirdAddresses = {
  objects: "198.18.0.20",
  prober: "198.18.0.21",
  prometheus: "198.18.0.22",
  sink: "198.18.0.23",
  ns1: "198.18.0.53",
  ns2: "198.18.0.54",
  resolver: "198.18.0.55",
} as const;

export const ports = {
  api: 6443,
  objects: 8333,
  nameserverApi: 8081,
  prometheus: 9090,
  /** Mail for everyone; what came, for the operator. */
  smtp: 25,
  mail: 8025,
  /** HTTP requests of everyone; what came, for the operator. */
  webhooks: 80,
  webhooksReceived: 8026,
} as const;

export const zone = "holdfast.test";
export const objectsHost = `offsite.${zone}`;
/** Where the lab's mail and webhooks end. */
export const sinkHost = `sink.${zone}`;

export const offsiteEndpoint = `https://${thirdAddresses.objects}:${ports.objects}`;
export const nameserverApi = `http://${thirdAddresses.ns1}:${ports.nameserverApi}`;

export function apiEndpoint(site: SiteName): string {
  return `https://${siteNetworks[site].node}:${ports.api}`;
}

export interface Route {
  readonly to: string;
  readonly via: string;
}

/** Pod addresses are routed, not hidden behind the node's: everyone reaches a site's pods through its node. */
export function routesToPods(except?: PlaceName): readonly Route[] {
  return siteNames
    .filter((site) => site !== except)
    .map((site) => ({ to: siteNetworks[site].pods, via: siteNetworks[site].node }));
}

export function isSite(name: string): name is SiteName {
  return (siteNames as readonly string[]).includes(name);
}

export function isPlace(name: string): name is PlaceName {
  return (placeNames as readonly string[]).includes(name);
}
