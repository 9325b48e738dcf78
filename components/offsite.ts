import { ComponentResource, type ComponentResourceOptions } from "@pulumi/pulumi";
import type { StackContract } from "../contract/stack.ts";
import { planOffsiteContract } from "../plan/contract.ts";
import type { OffsitePlan } from "../plan/types.ts";
import { DnsZone } from "./traffic/dns-zone.ts";
import type { DnsImplementation } from "./traffic/implementation.ts";

export interface OffsiteStackArgs {
  readonly plan: OffsitePlan;
  readonly dns: DnsImplementation;
  readonly storage: MakeStorage;
}

/** One way to have the third place's buckets. */
export type MakeStorage = (parent: ComponentResource, plan: OffsitePlan) => void;

/** The third place: what must outlive either site. It needs no cluster, and no Kubernetes SDK. */
export class OffsiteStack extends ComponentResource {
  readonly contract: StackContract;

  constructor(name: string, { plan, dns, storage }: OffsiteStackArgs, opts: ComponentResourceOptions) {
    super("holdfast:site:OffsiteStack", name, {}, opts);
    storage(this, plan);
    new DnsZone("zone", { plan: plan.zone, dns }, { parent: this });
    this.contract = planOffsiteContract(plan);
    this.registerOutputs({});
  }
}
