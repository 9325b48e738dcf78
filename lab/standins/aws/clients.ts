// Stand-in for Pulumi's provider aws, on moto: the lab's alone.
import { IAMClient } from "@aws-sdk/client-iam";
import { KMSClient } from "@aws-sdk/client-kms";
import { Route53Client } from "@aws-sdk/client-route-53";
import { S3Client } from "@aws-sdk/client-s3";
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { ProviderError } from "../../../provider/server/errors.ts";
import { type Mirror, mirrorFromEnv } from "../mirror.ts";

/** What of the provider's configuration counts here. */
export interface AwsConfig {
  readonly accessKey?: string | undefined;
  readonly secretKey?: string | undefined;
  readonly token?: string | undefined;
  readonly region?: string | undefined;
  readonly allowedAccountIds?: readonly string[] | undefined;
  readonly forbiddenAccountIds?: readonly string[] | undefined;
  readonly assumeRoles?:
    | readonly {
        readonly roleArn: string;
        readonly externalId?: string | undefined;
        readonly sessionName?: string | undefined;
      }[]
    | undefined;
  readonly defaultTags?: { readonly tags?: Readonly<Record<string, string>> | undefined } | undefined;
  readonly endpoints?: readonly Readonly<Record<string, string>>[] | undefined;
  readonly s3UsePathStyle?: boolean | undefined;
  readonly maxRetries?: number | undefined;
}

interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/**
 * Where moto is. AWS's own variable is understood by the real provider too; ours wins, for a shell whose AWS settings
 * are those of the state's bucket.
 */
export function labEndpoint(env: NodeJS.ProcessEnv): string | undefined {
  return env.HOLDFAST_AWS_ENDPOINT || env.AWS_ENDPOINT_URL || undefined;
}

/** Global services are asked in the partition's own region. */
const GLOBAL_REGION = "us-east-1";

/** Clients of the AWS SDK for one configured provider: one a region, in the account that its roles lead to. */
export class AwsClients {
  readonly region: string;
  readonly defaultTags: Readonly<Record<string, string>>;
  readonly mirror: Mirror | undefined;
  readonly #config: AwsConfig;
  readonly #env: NodeJS.ProcessEnv;
  readonly #made = new Map<string, unknown>();
  #credentials: Promise<Credentials> | undefined;
  #account: Promise<string> | undefined;

  constructor(config: AwsConfig, env: NodeJS.ProcessEnv) {
    this.#config = config;
    this.#env = env;
    this.region = config.region ?? env.AWS_REGION ?? env.AWS_DEFAULT_REGION ?? GLOBAL_REGION;
    this.defaultTags = config.defaultTags?.tags ?? {};
    this.mirror = mirrorFromEnv(env);
  }

  s3(region: string): S3Client {
    return this.#memo(`s3 ${region}`, () => {
      // A bucket's own host name exists at AWS only.
      const forcePathStyle = this.#config.s3UsePathStyle ?? true;
      return new S3Client({ ...this.#common("s3", region), forcePathStyle });
    });
  }

  kms(region: string): KMSClient {
    return this.#memo(`kms ${region}`, () => new KMSClient(this.#common("kms", region)));
  }

  iam(): IAMClient {
    return this.#memo("iam", () => new IAMClient(this.#common("iam", GLOBAL_REGION)));
  }

  route53(): Route53Client {
    return this.#memo("route53", () => new Route53Client(this.#common("route53", GLOBAL_REGION)));
  }

  /** The account, once it is known to be one that the configuration allows. */
  account(): Promise<string> {
    this.#account ??= this.#readAccount();
    return this.#account;
  }

  async #readAccount(): Promise<string> {
    const sts = new STSClient(this.#common("sts", this.region));
    const { Account: account = "" } = await sts.send(new GetCallerIdentityCommand({}));
    const { allowedAccountIds: allowed, forbiddenAccountIds: forbidden } = this.#config;
    if (allowed !== undefined && !allowed.includes(account)) {
      throw new ProviderError(
        `AWS account ${account} is not allowed: allowedAccountIds is ${allowed.join(", ")}`,
      );
    }
    if (forbidden?.includes(account) === true) {
      throw new ProviderError(`AWS account ${account} is one of forbiddenAccountIds`);
    }
    return account;
  }

  #common(service: string, region: string) {
    const endpoint = this.#endpointOf(service);
    return {
      region,
      maxAttempts: (this.#config.maxRetries ?? 2) + 1,
      credentials: () => this.#assumed(),
      ...(endpoint === undefined ? {} : { endpoint }),
    };
  }

  #endpointOf(service: string): string | undefined {
    const given = this.#config.endpoints?.find((endpoint) => service in endpoint)?.[service];
    return given ?? labEndpoint(this.#env);
  }

  /** The first credentials, then those of each role in turn: the last one's account is where everything happens. */
  #assumed(): Promise<Credentials> {
    this.#credentials ??= (async () => {
      let credentials = this.#first();
      for (const { roleArn, externalId, sessionName = "holdfast-lab" } of this.#config.assumeRoles ?? []) {
        const endpoint = this.#endpointOf("sts");
        const sts = new STSClient({
          region: this.region,
          credentials,
          ...(endpoint === undefined ? {} : { endpoint }),
        });
        const { Credentials: given } = await sts.send(
          new AssumeRoleCommand({
            RoleArn: roleArn,
            RoleSessionName: sessionName,
            ...(externalId === undefined ? {} : { ExternalId: externalId }),
          }),
        );
        credentials = {
          accessKeyId: given?.AccessKeyId ?? "",
          secretAccessKey: given?.SecretAccessKey ?? "",
          sessionToken: given?.SessionToken ?? "",
        };
      }
      return credentials;
    })();
    return this.#credentials;
  }

  #first(): Credentials {
    const { accessKey, secretKey, token } = this.#config;
    const accessKeyId = accessKey ?? this.#env.AWS_ACCESS_KEY_ID;
    const secretAccessKey = secretKey ?? this.#env.AWS_SECRET_ACCESS_KEY;
    if ((this.#env.HOLDFAST_AWS_ENDPOINT ?? "") !== "" && accessKey === undefined) {
      // Beside the lab, whose own keys for the state's bucket are in the environment, under AWS's names.
      return { accessKeyId: "lab", secretAccessKey: "lab" };
    }
    if (accessKeyId === undefined || secretAccessKey === undefined) {
      throw new ProviderError(
        "no credentials for AWS: neither accessKey and secretKey nor the environment has any",
        {
          hint: "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; the lab's moto takes any",
        },
      );
    }
    const sessionToken = accessKey === undefined ? this.#env.AWS_SESSION_TOKEN : token;
    return { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
  }

  #memo<T>(key: string, make: () => T): T {
    const made = this.#made.get(key) as T | undefined;
    if (made !== undefined) return made;
    const client = make();
    this.#made.set(key, client);
    return client;
  }
}
