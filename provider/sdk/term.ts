import * as pulumi from "@pulumi/pulumi";

export interface TermArgs {
  /** The control bucket of the third place. */
  readonly bucket: pulumi.Input<string>;
  /** The epoch object in it. @example "epoch.json" */
  readonly key: pulumi.Input<string>;
  /** The site this stack stands for. */
  readonly site: pulumi.Input<string>;
  /** A request: the epoch object decides, and a role that disagrees with it fails preview and up. */
  readonly role: pulumi.Input<"active" | "standby" | "draining" | "rehearsal">;
  /** The epoch to take over from. Nothing to do once it was carried out, so it may stay. @default none */
  readonly handover?: pulumi.Input<number | undefined>;
  /** The run that asks, recorded in the epoch object when an epoch is taken. @default none */
  readonly run?: pulumi.Input<string | undefined>;
  /**
   * The run recovers to a chosen place: with a handover that names its own epoch, the active site takes the
   * next one for itself, once a run.
   * @default false
   */
  readonly recover?: pulumi.Input<boolean | undefined>;
  /** The epoch to restore from, recorded in the epoch object when an epoch is taken. @default the one before */
  readonly source?: pulumi.Input<number | undefined>;
}

/**
 * A site's share in the epoch, and the only source of stanza path, restore source and fence. Taking an epoch
 * is a conditional PUT: of two sites that try at once, one wins.
 */
export class Term extends pulumi.CustomResource {
  declare readonly bucket: pulumi.Output<string>;
  declare readonly key: pulumi.Output<string>;
  declare readonly site: pulumi.Output<string>;
  /** The current epoch; 0 when no site was ever active. */
  declare readonly epoch: pulumi.Output<number>;
  /** The site that holds it; empty with epoch 0. */
  declare readonly activeSite: pulumi.Output<string>;
  /** The epoch a new volume of this site is restored from; 0 means initdb. */
  declare readonly sourceEpoch: pulumi.Output<number>;
  /** `/epochs/<epoch>`; empty with epoch 0. */
  declare readonly stanzaPath: pulumi.Output<string>;
  /** `/epochs/<sourceEpoch>`; empty with source epoch 0. */
  declare readonly sourcePath: pulumi.Output<string>;
  /** The database's identifier, if the epoch object names it. */
  declare readonly systemIdentifier: pulumi.Output<string | undefined>;

  constructor(name: string, args: TermArgs, opts?: pulumi.CustomResourceOptions) {
    const outputs = {
      epoch: undefined,
      activeSite: undefined,
      sourceEpoch: undefined,
      stanzaPath: undefined,
      sourcePath: undefined,
      systemIdentifier: undefined,
    };
    super("holdfast:index:Term", name, { ...args, ...outputs }, opts);
  }
}
