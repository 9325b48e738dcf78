import * as pulumi from "@pulumi/pulumi";

export interface WeightedTargetArgs {
  /** An IPv4 address. */
  readonly address: pulumi.Input<string>;
  /** Its share of the answers; 0 takes it out. */
  readonly weight: pulumi.Input<number>;
}

export interface WeightedRecordArgs {
  readonly zone: pulumi.Input<string>;
  /** The whole name, zone included. @example "erp.holdfast.test" */
  readonly name: pulumi.Input<string>;
  /** @default "A" */
  readonly type?: pulumi.Input<"A">;
  /** Seconds; the time a client may go on with the old site. @default 5 */
  readonly ttl?: pulumi.Input<number>;
  readonly targets: pulumi.Input<pulumi.Input<WeightedTargetArgs>[]>;
  /**
   * Addresses of the authoritative servers: an up is done only when each of them serves the change, because a
   * resolver may ask any. @default none are asked
   */
  readonly nameservers?: pulumi.Input<pulumi.Input<string>[]>;
  /** @default 15 */
  readonly verifyTimeoutSeconds?: pulumi.Input<number>;
}

/** A name that answers with one of several addresses, by weight. */
export class WeightedRecord extends pulumi.CustomResource {
  declare readonly zone: pulumi.Output<string>;
  declare readonly name: pulumi.Output<string>;
  declare readonly ttl: pulumi.Output<number>;
  declare readonly targets: pulumi.Output<{ address: string; weight: number }[]>;

  constructor(name: string, args: WeightedRecordArgs, opts?: pulumi.CustomResourceOptions) {
    super(
      "holdfast:index:WeightedRecord",
      name,
      { ...args, foreignContent: undefined, conflicting: undefined },
      opts,
    );
  }
}
