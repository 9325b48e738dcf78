import { Agent } from "node:https";
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectsCommand,
  ListObjectVersionsCommand,
  PutBucketEncryptionCommand,
  PutBucketVersioningCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { benchBuckets } from "../../bench/configs.ts";

export interface BucketInputs {
  readonly endpoint: string;
  readonly region: string;
  readonly ca: string;
  readonly accessKey: string;
  readonly secretKey: string;
}

/**
 * The bench's own buckets: versioned and encrypted at rest as the product's, because
 * both cost time; without a lock, so that nothing of it has to stay.
 */
export async function createBuckets(inputs: BucketInputs): Promise<void> {
  await withClient(inputs, async (client) => {
    for (const bucket of Object.values(benchBuckets)) {
      await removeBucket(client, bucket);
      await client.send(new CreateBucketCommand({ Bucket: bucket }));
      await client.send(
        new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration: { Status: "Enabled" } }),
      );
      await client.send(
        new PutBucketEncryptionCommand({
          Bucket: bucket,
          ServerSideEncryptionConfiguration: {
            Rules: [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "AES256" } }],
          },
        }),
      );
    }
  });
}

export async function removeBuckets(inputs: BucketInputs): Promise<void> {
  await withClient(inputs, async (client) => {
    for (const bucket of Object.values(benchBuckets)) await removeBucket(client, bucket);
  });
}

async function removeBucket(client: S3Client, bucket: string): Promise<void> {
  try {
    for (;;) {
      const page = await client.send(new ListObjectVersionsCommand({ Bucket: bucket, MaxKeys: 1000 }));
      const objects = [...(page.Versions ?? []), ...(page.DeleteMarkers ?? [])].map(({ Key, VersionId }) => ({
        Key: Key ?? "",
        ...(VersionId === undefined ? {} : { VersionId }),
      }));
      if (objects.length === 0) break;
      await client.send(
        new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects: objects, Quiet: true } }),
      );
    }
    await client.send(new DeleteBucketCommand({ Bucket: bucket }));
  } catch (error) {
    if (error instanceof Error && error.name === "NoSuchBucket") return;
    throw error;
  }
}

async function withClient(
  { endpoint, region, ca, accessKey, secretKey }: BucketInputs,
  work: (client: S3Client) => Promise<void>,
): Promise<void> {
  const client = new S3Client({
    endpoint,
    region,
    forcePathStyle: true,
    credentials: { accessKeyId: accessKey, secretAccessKey: secretKey },
    requestHandler: { httpsAgent: new Agent({ ca }), requestTimeout: 60_000 },
  });
  try {
    await work(client);
  } finally {
    client.destroy();
  }
}
