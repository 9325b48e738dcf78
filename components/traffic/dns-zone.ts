import { ComponentResource, type ComponentResourceOptions } from "@pulumi/pulumi";
import type { ZonePlan } from "../../plan/types.ts";
import type { DnsImplementation } from "./implementation.ts";

export interface DnsZoneArgs {
  readonly plan: ZonePlan;
  readonly dns: DnsImplementation;
}

/** The zone and its fixed records: what stays while the weights move. */
export class DnsZone extends ComponentResource {
  constructor(name: string, { plan, dns }: DnsZoneArgs, opts: ComponentResourceOptions) {
    super("holdfast:traffic:DnsZone", name, {}, opts);
    dns.makeZone(this, name, plan);
    this.registerOutputs({});
  }
}
