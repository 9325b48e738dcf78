import { ComponentResource, type ComponentResourceOptions } from "@pulumi/pulumi";
import type { DnsImplementation, WeightsArgs } from "./implementation.ts";

export interface TrafficWeightsArgs extends WeightsArgs {
  readonly dns: DnsImplementation;
}

/** The weights by which the public names answer. Of one type whatever the implementation: its name is in every state file. */
export class TrafficWeights extends ComponentResource {
  constructor(name: string, { dns, ...args }: TrafficWeightsArgs, opts: ComponentResourceOptions) {
    super("holdfast:traffic:TrafficWeights", name, {}, opts);
    dns.makeWeights(this, name, args);
    this.registerOutputs({});
  }
}
