import { ComponentResource, type ComponentResourceOptions, type Resource } from "@pulumi/pulumi";
import type { CanaryPlan } from "../../plan/types.ts";
import * as holdfast from "../../provider/sdk/index.ts";
import { childOpts } from "../child-opts.ts";

export interface CanaryNameArgs {
  readonly plan: CanaryPlan;
  /** What must be ready first, as with the weights of a real promotion. */
  readonly after: readonly Resource[];
}

/** A rehearsal's only name: a record of its own, gone with the stack, beside weights that it never touches. */
export class CanaryName extends ComponentResource {
  constructor(name: string, { plan, after }: CanaryNameArgs, opts: ComponentResourceOptions) {
    super("holdfast:traffic:CanaryName", name, {}, opts);
    new holdfast.Record(
      `${name}-record`,
      {
        zone: plan.zone,
        name: plan.name,
        type: "A",
        ttl: plan.ttlSeconds,
        values: [plan.address],
        nameservers: [...plan.nameservers],
      },
      childOpts(this, { dependsOn: after }),
    );
    this.registerOutputs({});
  }
}
