import * as pulumi from "@pulumi/pulumi";

export interface RecordArgs {
  readonly zone: pulumi.Input<string>;
  /** The whole name, zone included. @example "offsite.holdfast.test" */
  readonly name: pulumi.Input<string>;
  readonly type: pulumi.Input<"A" | "AAAA" | "CNAME" | "MX" | "NS" | "SRV" | "TXT">;
  /** Seconds. @default 300 */
  readonly ttl?: pulumi.Input<number>;
  readonly values: pulumi.Input<pulumi.Input<string>[]>;
  /** Addresses of servers that must serve the change before it counts. @default none are asked */
  readonly nameservers?: pulumi.Input<pulumi.Input<string>[]>;
  /** @default 15 */
  readonly verifyTimeoutSeconds?: pulumi.Input<number>;
}

/** An ordinary set of DNS records: all values of one name and type. */
export class Record extends pulumi.CustomResource {
  declare readonly zone: pulumi.Output<string>;
  declare readonly name: pulumi.Output<string>;
  declare readonly type: pulumi.Output<string>;
  declare readonly ttl: pulumi.Output<number>;
  declare readonly values: pulumi.Output<string[]>;

  constructor(name: string, args: RecordArgs, opts?: pulumi.CustomResourceOptions) {
    super("holdfast:index:Record", name, { ...args }, opts);
  }
}
