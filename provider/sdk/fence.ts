import * as pulumi from "@pulumi/pulumi";

export interface FenceArgs {
  /** The control bucket of the third place. */
  readonly bucket: pulumi.Input<string>;
  /** The site that may no longer write. */
  readonly fencedSite: pulumi.Input<string>;
  /** The epoch that shuts it out: the promoting site's own. */
  readonly epoch: pulumi.Input<number>;
}

/** Shuts a site out by an object that its database steward obeys; declared by the promoting stack only. */
export class Fence extends pulumi.CustomResource {
  declare readonly bucket: pulumi.Output<string>;
  declare readonly fencedSite: pulumi.Output<string>;
  declare readonly epoch: pulumi.Output<number>;
  /** `fence/<site>` */
  declare readonly key: pulumi.Output<string>;

  constructor(name: string, args: FenceArgs, opts?: pulumi.CustomResourceOptions) {
    super("holdfast:index:Fence", name, { ...args, key: undefined }, opts);
  }
}
