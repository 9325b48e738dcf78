import { ComponentResource, type ComponentResourceOptions } from "@pulumi/pulumi";
import type { ZonePlan } from "../../plan/types.ts";
import * as holdfast from "../../provider/sdk/index.ts";
import { childOpts } from "../child-opts.ts";

export interface DnsZoneArgs {
  readonly plan: ZonePlan;
}

/** The zone and its fixed records: what stays while the weights move. */
export class DnsZone extends ComponentResource {
  constructor(name: string, args: DnsZoneArgs, opts: ComponentResourceOptions) {
    super("holdfast:traffic:DnsZone", name, {}, opts);
    const zone = this.makeZone(name, args.plan);
    this.makeRecords(name, args.plan, zone);
    this.registerOutputs({});
  }

  private makeZone(name: string, plan: ZonePlan): holdfast.Zone {
    return new holdfast.Zone(
      name,
      {
        name: plan.name,
        nameservers: plan.nameservers.map((server) => server.name),
        servers: plan.nameservers.map((server) => server.address),
      },
      childOpts(this),
    );
  }

  private makeRecords(name: string, plan: ZonePlan, zone: holdfast.Zone): void {
    for (const record of plan.records) {
      new holdfast.Record(
        `${name}-${record.name}`,
        {
          zone: zone.name,
          name: record.name,
          type: record.type,
          ttl: record.ttlSeconds,
          values: [...record.values],
          nameservers: plan.nameservers.map((server) => server.address),
        },
        childOpts(this),
      );
    }
  }
}
