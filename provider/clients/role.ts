import type { STSClient } from "@aws-sdk/client-sts";

/** A role to take, and where: STS is the region's, and `caPem` signed its certificate too. */
export interface RoleSettings {
  readonly role: string;
  readonly region: string;
  /** @default Node's own authorities and those of NODE_EXTRA_CA_CERTS */
  readonly caPem?: string | undefined;
}

/** As the AWS SDK takes them; it asks again before `expiration`. */
export interface RoleCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiration?: Date;
}

const connectTimeoutMs = 3_000;
const requestTimeoutMs = 15_000;

/**
 * A role's credentials by those of the surroundings (environment, profile, SSO, the machine's or the pipeline's role:
 * the AWS SDK's own chain). Surroundings that are the role already are used as they are: a role need not trust itself.
 */
export function roleCredentials(settings: RoleSettings): () => Promise<RoleCredentials> {
  return async () => {
    const sdk = await import("@aws-sdk/client-sts");
    const { role, region, caPem } = settings;
    const client = new sdk.STSClient({
      region,
      requestHandler: {
        connectionTimeout: connectTimeoutMs,
        requestTimeout: requestTimeoutMs,
        throwOnRequestTimeout: true,
        httpsAgent: caPem === undefined || caPem === "" ? {} : { ca: caPem },
      },
    });
    try {
      if (isSession((await client.send(new sdk.GetCallerIdentityCommand({}))).Arn ?? "", role))
        return await own(client);
      const answer = await client.send(
        new sdk.AssumeRoleCommand({ RoleArn: role, RoleSessionName: "holdfast" }),
      );
      const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = answer.Credentials ?? {};
      if (AccessKeyId === undefined || SecretAccessKey === undefined || SessionToken === undefined)
        throw new Error("STS answered without credentials");
      return {
        accessKeyId: AccessKeyId,
        secretAccessKey: SecretAccessKey,
        sessionToken: SessionToken,
        ...(Expiration === undefined ? {} : { expiration: Expiration }),
      };
    } catch (cause) {
      const reason = cause instanceof Error && cause.message !== "" ? cause.message : String(cause);
      throw new Error(
        `the role ${role} cannot be taken with the AWS credentials of the surroundings: ${reason}; who may take it is in offsite.identities.operators of the third place's stack`,
        { cause },
      );
    } finally {
      client.destroy();
    }
  };
}

async function own(client: STSClient): Promise<RoleCredentials> {
  const { accessKeyId, secretAccessKey, sessionToken, expiration } = await client.config.credentials();
  return {
    accessKeyId,
    secretAccessKey,
    ...(sessionToken === undefined ? {} : { sessionToken }),
    ...(expiration === undefined ? {} : { expiration }),
  };
}

/** A session's ARN has the role's name without its path. */
function isSession(caller: string, role: string): boolean {
  const [, partition, , , account] = role.split(":");
  return caller.startsWith(`arn:${partition}:sts::${account}:assumed-role/${role.split("/").at(-1)}/`);
}
