// Stand-in for Pulumi's provider aws, on moto: the lab's alone.
/** What the services answer for something that is not there. */
const GONE: ReadonlySet<string> = new Set([
  "NoSuchBucket",
  "NotFound",
  "404",
  "NoSuchBucketPolicy",
  "NoSuchTagSet",
  "NoSuchLifecycleConfiguration",
  "NoSuchPublicAccessBlockConfiguration",
  "ObjectLockConfigurationNotFoundError",
  "OwnershipControlsNotFoundError",
  "ReplicationConfigurationNotFoundError",
  "ServerSideEncryptionConfigurationNotFoundError",
  "NoSuchEntity",
  "NoSuchEntityException",
  "NotFoundException",
  "NoSuchHostedZone",
  "NoSuchHealthCheck",
]);

/** The answer, or `undefined` when what was asked for does not exist. */
export async function unlessGone<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof Error && GONE.has(error.name)) return undefined;
    throw error;
  }
}
