import { ComponentResource, type ComponentResourceOptions, type Output } from "@pulumi/pulumi";
import type { BucketPlan, OffsitePlan } from "../../plan/types.ts";
import * as holdfast from "../../provider/sdk/index.ts";
import { childOpts } from "../child-opts.ts";

export interface OffsiteBucketArgs {
  readonly plan: BucketPlan;
}

/** A bucket of the third place, implementation `s3`: any store that speaks S3, through holdfast's own provider. */
export class OffsiteBucket extends ComponentResource {
  readonly bucketName: Output<string>;

  constructor(name: string, args: OffsiteBucketArgs, opts: ComponentResourceOptions) {
    super("holdfast:storage:OffsiteBucket", name, {}, opts);
    this.bucketName = this.makeBucket(args.plan).name;
    this.registerOutputs({ bucketName: this.bucketName });
  }

  private makeBucket(plan: BucketPlan): holdfast.Bucket {
    return new holdfast.Bucket(
      plan.logicalName,
      {
        name: plan.bucketName,
        versioning: plan.versioning,
        forceDestroy: plan.forceDestroy,
        defaultEncryption: plan.defaultEncryption ?? "none",
        ...(plan.objectLock === null ? {} : { objectLock: plan.objectLock }),
        ...(plan.policy === null ? {} : { policy: plan.policy }),
        ...(plan.lifecycle === null ? {} : { lifecycle: plan.lifecycle }),
      },
      childOpts(this, { keeping: plan }),
    );
  }
}

/** Epoch, lease and what is locked, in a store of one's own. */
export function makeBuckets(parent: ComponentResource, plan: OffsitePlan): void {
  new OffsiteBucket("repository", { plan: plan.bucket }, { parent });
  new OffsiteBucket("control", { plan: plan.controlBucket }, { parent });
  new OffsiteBucket("records", { plan: plan.recordsBucket }, { parent });
  new OffsiteBucket("documents", { plan: plan.documentsBucket }, { parent });
}
