import { ComponentResource, type ComponentResourceOptions, type Resource } from "@pulumi/pulumi";
import type { CanaryPlan } from "../../plan/types.ts";
import type { DnsImplementation } from "./implementation.ts";

export interface CanaryNameArgs {
  readonly plan: CanaryPlan;
  readonly dns: DnsImplementation;
  /** What must be ready first, as with the weights of a real promotion. */
  readonly after: readonly Resource[];
}

/** A rehearsal's only name: a record of its own, gone with the stack, beside weights that it never touches. */
export class CanaryName extends ComponentResource {
  constructor(name: string, { plan, dns, after }: CanaryNameArgs, opts: ComponentResourceOptions) {
    super("holdfast:traffic:CanaryName", name, {}, opts);
    dns.makeRecord(this, `${name}-record`, { place: plan.place, record: plan.record, after });
    this.registerOutputs({});
  }
}
