/**
 * What whoever may write is denied on top of the lock, which ends: nothing that shortens the life of a
 * version, by any of the ways S3 has for it (a DELETE with a version, a POST of many, a retention cut
 * short, a rule of the bucket's). Source: the S3 API's action names.
 */
const onObjects = [
  "s3:DeleteObjectVersion",
  "s3:BypassGovernanceRetention",
  "s3:PutObjectRetention",
  "s3:PutObjectLegalHold",
];
const onBucket = [
  "s3:PutBucketVersioning",
  "s3:PutLifecycleConfiguration",
  "s3:PutBucketObjectLockConfiguration",
  "s3:PutEncryptionConfiguration",
  "s3:PutBucketPolicy",
  "s3:DeleteBucketPolicy",
  "s3:PutBucketAcl",
  "s3:DeleteBucket",
];

/** The bucket's policy as JSON, or null where nobody is named: a policy without a principal is refused. */
export function planBucketPolicy(bucketName: string, writers: readonly string[]): string | null {
  if (writers.length === 0) return null;
  const Principal = { AWS: [...writers] };
  const arn = `arn:aws:s3:::${bucketName}`;
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Sid: "WritersKeepVersions",
        Effect: "Deny",
        Principal,
        Action: onObjects,
        Resource: `${arn}/*`,
      },
      { Sid: "WritersKeepSettings", Effect: "Deny", Principal, Action: onBucket, Resource: arn },
    ],
  });
}
