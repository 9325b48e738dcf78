// Of the stand-ins for Pulumi's providers, their types: the lab's alone.
/** Types of the AWS SDK that its stand-in has. */
export const AWS_TOKENS = [
  "aws:iam/accessKey:AccessKey",
  "aws:iam/openIdConnectProvider:OpenIdConnectProvider",
  "aws:iam/policy:Policy",
  "aws:iam/role:Role",
  "aws:iam/rolePolicy:RolePolicy",
  "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
  "aws:iam/user:User",
  "aws:iam/userPolicy:UserPolicy",
  "aws:iam/userPolicyAttachment:UserPolicyAttachment",
  "aws:kms/alias:Alias",
  "aws:kms/key:Key",
  "aws:route53/healthCheck:HealthCheck",
  "aws:route53/record:Record",
  "aws:route53/zone:Zone",
  "aws:s3/bucket:Bucket",
  "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
  "aws:s3/bucketLogging:BucketLogging",
  "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration",
  "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
  "aws:s3/bucketPolicy:BucketPolicy",
  "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
  "aws:s3/bucketReplicationConfig:BucketReplicationConfig",
  "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
  "aws:s3/bucketVersioning:BucketVersioning",
] as const;

/** And of Cloudflare's. */
export const CLOUDFLARE_TOKENS = [
  "cloudflare:index/dnsRecord:DnsRecord",
  "cloudflare:index/loadBalancer:LoadBalancer",
  "cloudflare:index/loadBalancerMonitor:LoadBalancerMonitor",
  "cloudflare:index/loadBalancerPool:LoadBalancerPool",
] as const;

export type AwsToken = (typeof AWS_TOKENS)[number];
export type CloudflareToken = (typeof CLOUDFLARE_TOKENS)[number];
