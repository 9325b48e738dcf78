import { readFile } from "node:fs/promises";
import { Agent } from "node:https";
import type { LabLayout } from "../layout.ts";
import { offsiteEndpoint } from "../net/addresses.ts";
import { stateBucket } from "./objects.ts";
import { offsiteCredentials } from "./third.ts";

/** The bucket for Pulumi's state: it must be there before Pulumi can run at all. Versioned, so that a bad write can be undone. */
export async function ensureStateBucket(layout: LabLayout): Promise<void> {
  const { CreateBucketCommand, HeadBucketCommand, PutBucketVersioningCommand, S3Client } = await import(
    "@aws-sdk/client-s3"
  );
  const [ca, { admin }] = await Promise.all([
    readFile(layout.caCertificate, "utf8"),
    offsiteCredentials(layout),
  ]);
  const client = new S3Client({
    endpoint: offsiteEndpoint,
    region: "us-east-1",
    forcePathStyle: true,
    credentials: { accessKeyId: admin.accessKey, secretAccessKey: admin.secretKey },
    requestHandler: { httpsAgent: new Agent({ ca }), requestTimeout: 10_000 },
  });
  try {
    const there = await client.send(new HeadBucketCommand({ Bucket: stateBucket })).then(
      () => true,
      (error: { $metadata?: { httpStatusCode?: number } }) => {
        if (error.$metadata?.httpStatusCode === 404) return false;
        throw error;
      },
    );
    if (!there) await client.send(new CreateBucketCommand({ Bucket: stateBucket }));
    await client.send(
      new PutBucketVersioningCommand({ Bucket: stateBucket, VersioningConfiguration: { Status: "Enabled" } }),
    );
  } finally {
    client.destroy();
  }
}
