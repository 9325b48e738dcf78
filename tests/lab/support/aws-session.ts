import { CreateHostedZoneCommand, Route53Client } from "@aws-sdk/client-route-53";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";

/** Of the examples' third place. */
export const ACCOUNT = "111111111111";
export const REGION = "eu-central-1";

export interface AwsClient {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken: string;
  };
}

/** Keys of a session in an account: what moto knows an account by. */
export async function session(endpoint: string, account: string): Promise<AwsClient> {
  const credentials = { accessKeyId: "lab", secretAccessKey: "lab" };
  const sts = new STSClient({ endpoint, region: REGION, credentials });
  const { Credentials: given } = await sts.send(
    new AssumeRoleCommand({
      RoleArn: `arn:aws:iam::${account}:role/holdfast-pipeline`,
      RoleSessionName: "test",
    }),
  );
  return {
    endpoint,
    region: REGION,
    credentials: {
      accessKeyId: given?.AccessKeyId ?? "",
      secretAccessKey: given?.SecretAccessKey ?? "",
      sessionToken: given?.SessionToken ?? "",
    },
  };
}

/** The zone is there before holdfast. Returns its id. */
export async function makeZone(client: AwsClient, zone: string): Promise<string> {
  const route53 = new Route53Client({ ...client, region: "us-east-1" });
  const made = await route53.send(new CreateHostedZoneCommand({ Name: zone, CallerReference: "zone" }));
  return made.HostedZone?.Id?.split("/").at(-1) ?? "";
}
