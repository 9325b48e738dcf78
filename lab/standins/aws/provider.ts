// Stand-in for Pulumi's provider aws, on moto: the lab's alone.
import { Provider } from "../../../provider/server/provider.ts";
import { AWS_VERSION, STAND_IN_MARK } from "../version.ts";
import type { AwsClients } from "./clients.ts";
import { awsConfig } from "./config.ts";
import { rolePolicyAttachment, userPolicyAttachment } from "./iam/attachment.ts";
import { rolePolicy, userPolicy } from "./iam/inline.ts";
import { openIdConnectProvider } from "./iam/oidc.ts";
import { policy } from "./iam/policy.ts";
import { role } from "./iam/role.ts";
import { accessKey, user } from "./iam/user.ts";
import { alias, key } from "./kms/key.ts";
import { healthCheck } from "./route53/health-check.ts";
import { record } from "./route53/record.ts";
import { zone } from "./route53/zone.ts";
import { bucket } from "./s3/bucket.ts";
import { bucketLifecycle, bucketObjectLock, bucketReplication } from "./s3/rules.ts";
import {
  bucketEncryption,
  bucketLogging,
  bucketOwnershipControls,
  bucketPolicy,
  bucketPublicAccessBlock,
  bucketVersioning,
} from "./s3/settings.ts";

/** Lab stand-in for the aws provider: the types the project uses, acting on moto; never on AWS. */
export function createAwsProvider(env: NodeJS.ProcessEnv): Provider<AwsClients> {
  return new Provider<AwsClients>({
    name: "aws",
    version: `${AWS_VERSION}+${STAND_IN_MARK}`,
    config: awsConfig(env),
    handlers: [
      accessKey,
      alias,
      bucket,
      bucketEncryption,
      bucketLifecycle,
      bucketLogging,
      bucketObjectLock,
      bucketOwnershipControls,
      bucketPolicy,
      bucketPublicAccessBlock,
      bucketReplication,
      bucketVersioning,
      healthCheck,
      key,
      openIdConnectProvider,
      policy,
      record,
      role,
      rolePolicy,
      rolePolicyAttachment,
      user,
      userPolicy,
      userPolicyAttachment,
      zone,
    ],
  });
}
