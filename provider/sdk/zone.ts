import * as pulumi from "@pulumi/pulumi";

export interface ZoneArgs {
  /** @example "holdfast.test" */
  readonly name: pulumi.Input<string>;
  /** Host names of the zone's servers, the primary first. */
  readonly nameservers: pulumi.Input<pulumi.Input<string>[]>;
  /** @default "hostmaster.<name>" */
  readonly hostmaster?: pulumi.Input<string>;
  /** Seconds, of the SOA and NS records. @default 300 */
  readonly ttl?: pulumi.Input<number>;
  /** Seconds a resolver remembers that a name does not exist. @default 5, as short as the public name's TTL */
  readonly minimumTtl?: pulumi.Input<number>;
  /** @default 60 */
  readonly refresh?: pulumi.Input<number>;
  /** @default 30 */
  readonly retry?: pulumi.Input<number>;
  /** @default 604800, so that a secondary outlives a week without its primary */
  readonly expire?: pulumi.Input<number>;
  /** Addresses of servers that must serve each change before it counts. @default none are asked */
  readonly servers?: pulumi.Input<pulumi.Input<string>[]>;
  /** @default 15 */
  readonly verifyTimeoutSeconds?: pulumi.Input<number>;
  /** Lets destroy delete the zone with records in it. @default false */
  readonly forceDestroy?: pulumi.Input<boolean>;
}

/** A zone on the primary name server. */
export class Zone extends pulumi.CustomResource {
  declare readonly name: pulumi.Output<string>;
  declare readonly nameservers: pulumi.Output<string[]>;
  /** The serial when the zone was last set. */
  declare readonly serial: pulumi.Output<number>;

  constructor(name: string, args: ZoneArgs, opts?: pulumi.CustomResourceOptions) {
    super("holdfast:index:Zone", name, { ...args, kind: undefined, serial: undefined }, opts);
  }
}
