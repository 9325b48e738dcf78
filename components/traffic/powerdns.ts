import { ComponentResource, type ComponentResourceOptions, type Resource } from "@pulumi/pulumi";
import type { TrafficPlan } from "../../plan/types.ts";
import * as holdfast from "../../provider/sdk/index.ts";
import { childOpts } from "../child-opts.ts";

export interface TrafficWeightsArgs {
  readonly plan: TrafficPlan;
  /** What must be ready first: weights move last, and not at all when a critical service fails. */
  readonly after: readonly Resource[];
}

/** The weights by which the public names answer, implementation `powerdns`. */
export class TrafficWeights extends ComponentResource {
  constructor(name: string, args: TrafficWeightsArgs, opts: ComponentResourceOptions) {
    super("holdfast:traffic:TrafficWeights", name, {}, opts);
    this.makeRecords(name, args);
    this.registerOutputs({});
  }

  private makeRecords(name: string, { plan, after }: TrafficWeightsArgs): void {
    for (const record of plan.records) {
      new holdfast.WeightedRecord(
        `${name}-${record.logicalName}`,
        {
          zone: plan.zone,
          name: record.name,
          ttl: plan.ttlSeconds,
          targets: record.targets.map(({ address, weight }) => ({ address, weight })),
          nameservers: [...plan.nameservers],
        },
        childOpts(this, { dependsOn: after }),
      );
    }
  }
}
