import * as pulumi from "@pulumi/pulumi";

/** An S3 store and the identity to use there. */
export interface S3Args {
  /** @example "https://198.18.0.20:8333" */
  readonly endpoint: pulumi.Input<string>;
  /** @default "us-east-1" */
  readonly region?: pulumi.Input<string>;
  /** With `secretKey`, unless `role` is given. */
  readonly accessKey?: pulumi.Input<string>;
  readonly secretKey?: pulumi.Input<string>;
  /**
   * ARN of an IAM role in place of keys, taken with the AWS credentials of the surroundings at the region's STS.
   * @example "arn:aws:iam::123456789012:role/holdfast-writer"
   */
  readonly role?: pulumi.Input<string>;
  /**
   * The store's certificate authority, in PEM.
   * @default Node's own authorities and those of NODE_EXTRA_CA_CERTS
   */
  readonly caPem?: pulumi.Input<string>;
}

/** The HTTP API of a PowerDNS server. */
export interface PowerDnsArgs {
  /** @example "http://198.18.0.53:8081" */
  readonly endpoint: pulumi.Input<string>;
  readonly apiKey: pulumi.Input<string>;
}

export interface ProviderArgs {
  /** Needed by Bucket, Term and Fence. */
  readonly s3?: S3Args;
  /** Needed by Zone, Record and WeightedRecord. */
  readonly powerdns?: PowerDnsArgs;
}

/**
 * One store, one name server, or both, with the keys to them: the only place where holdfast's resources get
 * credentials. Keys are marked secret here, so that no caller can forget it.
 */
export class Provider extends pulumi.ProviderResource {
  constructor(name: string, args: ProviderArgs, opts?: pulumi.ResourceOptions) {
    const { s3, powerdns } = args;
    const inputs = {
      s3:
        s3 === undefined
          ? undefined
          : {
              ...s3,
              ...(s3.accessKey === undefined ? {} : { accessKey: pulumi.secret(s3.accessKey) }),
              ...(s3.secretKey === undefined ? {} : { secretKey: pulumi.secret(s3.secretKey) }),
            },
      powerdns: powerdns === undefined ? undefined : { ...powerdns, apiKey: pulumi.secret(powerdns.apiKey) },
    };
    super("holdfast", name, inputs, opts);
  }
}
