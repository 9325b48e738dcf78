import { copyFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { CreateAccessKeyCommand, IAMClient } from "@aws-sdk/client-iam";
import { S3Store } from "../../../../provider/clients/s3.ts";
import { ACCOUNT, makeZone, REGION, session } from "../aws-session.ts";
import { startClouds } from "../cloud-engine.ts";
import { startFront } from "../tls-front.ts";
import { controlBucket, identities, type ThirdArgs, type ThirdPlace, zone } from "./third.ts";

/** moto in AWS's place, under the name of the region's S3; the name server answers as Route 53 or Cloudflare would. */
export async function startAwsThird(
  { home, secrets, authority, undo }: ThirdArgs,
  example: string,
): Promise<ThirdPlace> {
  const clouds = await startClouds(zone, home, undo);
  const host = `s3.${REGION}.amazonaws.com`;
  const to = clouds.moto.endpoint;
  const front = await startFront(authority, { host, port: 443, to, path: path.join(home.root, "s3") });
  undo.add(front.stop);
  home.hosts[host] = front.address;
  const own = await session(to, ACCOUNT);
  const { accessKeyId, secretAccessKey, sessionToken } = own.credentials;
  Object.assign(home.environment, {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
  });
  await writeFile(path.join(secrets, "cloudflare-token"), "token");
  await copyFile(`${authority.path}.crt`, path.join(secrets, "amazon-root-cas.pem"));
  const zoneId = example === "aws-route53" ? await makeZone(own, zone) : undefined;
  const store = new S3Store({
    endpoint: to,
    region: REGION,
    accessKey: accessKeyId,
    secretKey: secretAccessKey,
  });
  return {
    edits: zoneId === undefined ? [] : [[/zoneId: \w+/u, `zoneId: ${zoneId}`]],
    store,
    names: clouds.names,
    // As the example's page tells it: users are made without keys, and a person makes one for each.
    async issueKeys() {
      // moto denies what a Deny names whatever its condition says: here, everybody who comes by TLS too.
      await store.setPolicy(controlBucket, undefined);
      const iam = new IAMClient({ ...own, region: "us-east-1" });
      for (const identity of identities) {
        const asked = new CreateAccessKeyCommand({ UserName: `example-holdfast-${identity}` });
        const { AccessKey: key } = await iam.send(asked);
        await writeFile(path.join(secrets, `offsite-${identity}.key`), key?.AccessKeyId ?? "");
        await writeFile(path.join(secrets, `offsite-${identity}.secret`), key?.SecretAccessKey ?? "");
      }
    },
  };
}
