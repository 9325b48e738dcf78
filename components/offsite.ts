import { ComponentResource, type ComponentResourceOptions } from "@pulumi/pulumi";
import type { StackContract } from "../contract/stack.ts";
import { planOffsiteContract } from "../plan/contract.ts";
import type { OffsitePlan } from "../plan/types.ts";
import { OffsiteBucket } from "./storage/offsite-bucket.ts";
import { DnsZone } from "./traffic/dns-zone.ts";

export interface OffsiteStackArgs {
  readonly plan: OffsitePlan;
}

/** The third place: what must outlive either site. It needs no cluster, and no Kubernetes SDK. */
export class OffsiteStack extends ComponentResource {
  readonly contract: StackContract;

  constructor(name: string, { plan }: OffsiteStackArgs, opts: ComponentResourceOptions) {
    super("holdfast:site:OffsiteStack", name, {}, opts);
    new OffsiteBucket("repository", { plan: plan.bucket }, { parent: this });
    new OffsiteBucket("control", { plan: plan.controlBucket }, { parent: this });
    new OffsiteBucket("records", { plan: plan.recordsBucket }, { parent: this });
    new OffsiteBucket("documents", { plan: plan.documentsBucket }, { parent: this });
    new DnsZone("zone", { plan: plan.zone }, { parent: this });
    this.contract = planOffsiteContract(plan);
    this.registerOutputs({});
  }
}
