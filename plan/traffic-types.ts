import type { Site } from "../contract/stack.ts";

/** Where records are written: the zone as its service knows it. */
export type DnsPlace =
  | {
      readonly implementation: "powerdns";
      readonly zone: string;
      /** Addresses of the authoritative servers: an `up` waits until each serves what it wrote. */
      readonly nameservers: readonly string[];
    }
  | { readonly implementation: "cloudflare"; readonly zone: string; readonly zoneId: string }
  | { readonly implementation: "route53"; readonly zone: string; readonly zoneId: string };

export type DnsImplementationName = DnsPlace["implementation"];

/** A name that does not move with the business. */
export interface FixedRecordPlan {
  readonly name: string;
  readonly type: "A";
  readonly ttlSeconds: number;
  readonly values: readonly string[];
}

export interface ZonePlan {
  readonly place: DnsPlace;
  readonly name: string;
  readonly nameservers: readonly { readonly name: string; readonly address: string }[];
  readonly records: readonly FixedRecordPlan[];
}

export interface CanaryPlan {
  readonly place: DnsPlace;
  readonly record: FixedRecordPlan;
  readonly name: string;
  /** Node ports, so that the copy stands beside dr's own on the same node. */
  readonly gatewayPort: number;
  readonly databasePort: number;
}

interface WeightedTarget {
  readonly site: Site;
  readonly address: string;
  /** Its share of the answers in percent; 0 takes it out. */
  readonly weight: number;
}

/** How a site's gateway is asked for its health. Nothing of it moves the business: a person does. */
interface HealthPlan {
  readonly host: string;
  readonly port: number;
  readonly path: string;
  readonly intervalSeconds: number;
}

/** The weights by which the public names answer. */
interface WeightsPlan<Name extends DnsImplementationName> {
  readonly implementation: Name;
  readonly place: Extract<DnsPlace, { readonly implementation: Name }>;
  readonly ttlSeconds: number;
  /** Of the public name: what pools and health checks are made for. */
  readonly targets: readonly WeightedTarget[];
  /** The database's name is never shared out, so each record has its own shares. */
  readonly records: readonly {
    readonly logicalName: string;
    readonly name: string;
    readonly targets: readonly WeightedTarget[];
  }[];
}

export type PowerDnsTrafficPlan = WeightsPlan<"powerdns">;

export interface CloudflareTrafficPlan extends WeightsPlan<"cloudflare"> {
  readonly accountId: string;
  /** Pools are the account's: their names say whose they are. */
  readonly poolNames: Readonly<Record<Site, string>>;
  readonly monitor: HealthPlan & { readonly timeoutSeconds: number; readonly retries: number };
}

export interface Route53TrafficPlan extends WeightsPlan<"route53"> {
  readonly healthCheck: HealthPlan & { readonly failures: number };
}

export type TrafficPlan = PowerDnsTrafficPlan | CloudflareTrafficPlan | Route53TrafficPlan;
