// Stand-in for Pulumi's provider aws, on moto: the lab's alone.
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectsCommand,
  GetBucketTaggingCommand,
  GetObjectLockConfigurationCommand,
  HeadBucketCommand,
  ListObjectVersionsCommand,
  PutBucketTaggingCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import { defineAws } from "../define.ts";
import { unlessGone } from "../gone.ts";
import { fromTagList, type Regional, type Tagged, toTagList } from "../tags.ts";

interface Bucket extends Tagged, Regional {
  readonly bucket: string;
  readonly objectLockEnabled?: boolean;
  readonly forceDestroy?: boolean;
}

/** The bucket alone: versioning, encryption and the rest are resources of their own since version 4 of the SDK. */
export const bucket = defineAws<Bucket>({
  token: "aws:s3/bucket:Bucket",
  actsOn: ["bucket", "objectLockEnabled", "forceDestroy", "tags"],
  replaceOn: ["bucket", "objectLockEnabled"],
  autoName: { property: "bucket" },
  computed: ["arn", "bucketDomainName", "bucketRegionalDomainName", "bucketRegion"],

  async create(inputs, aws) {
    const { bucket: Bucket, region = aws.region, objectLockEnabled, tagsAll } = inputs;
    const s3 = aws.s3(region);
    await s3.send(
      new CreateBucketCommand({
        Bucket,
        ...(objectLockEnabled === true ? { ObjectLockEnabledForBucket: true } : {}),
        // The first region must not be named.
        ...(region === "us-east-1"
          ? {}
          : { CreateBucketConfiguration: { LocationConstraint: region as "eu-west-1" } }),
      }),
    );
    await tag(s3, Bucket, tagsAll);
    return Bucket;
  },

  async read(Bucket, aws, region) {
    const s3 = aws.s3(region);
    if ((await unlessGone(s3.send(new HeadBucketCommand({ Bucket })))) === undefined) return undefined;
    const tags = await unlessGone(s3.send(new GetBucketTaggingCommand({ Bucket })));
    const lock = await unlessGone(s3.send(new GetObjectLockConfigurationCommand({ Bucket })));
    return {
      inputs: {
        bucket: Bucket,
        objectLockEnabled: lock?.ObjectLockConfiguration?.ObjectLockEnabled === "Enabled",
        tagsAll: fromTagList(tags?.TagSet as never),
      },
      computed: {
        arn: `arn:aws:s3:::${Bucket}`,
        bucketDomainName: `${Bucket}.s3.amazonaws.com`,
        bucketRegionalDomainName: `${Bucket}.s3.${region}.amazonaws.com`,
        bucketRegion: region,
      },
    };
  },

  async update(Bucket, inputs, _old, aws) {
    await tag(aws.s3(inputs.region ?? aws.region), Bucket, inputs.tagsAll);
  },

  async delete(Bucket, inputs, aws) {
    const s3 = aws.s3(inputs.region ?? aws.region);
    if (inputs.forceDestroy === true) await empty(s3, Bucket);
    await unlessGone(s3.send(new DeleteBucketCommand({ Bucket })));
  },
});

async function tag(s3: S3Client, Bucket: string, tags: Tagged["tagsAll"]): Promise<void> {
  await s3.send(new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet: toTagList(tags) } }));
}

/** As `forceDestroy` promises: every version and every delete marker, past a governance lock too. */
async function empty(s3: S3Client, Bucket: string): Promise<void> {
  for (;;) {
    const page = await unlessGone(s3.send(new ListObjectVersionsCommand({ Bucket })));
    const versions = [...(page?.Versions ?? []), ...(page?.DeleteMarkers ?? [])];
    const Objects = versions.map(({ Key = "", VersionId }) => ({ Key, VersionId }));
    if (Objects.length === 0) return;
    const answer = await s3.send(
      new DeleteObjectsCommand({ Bucket, Delete: { Objects }, BypassGovernanceRetention: true }),
    );
    const [refused] = answer.Errors ?? [];
    if (refused !== undefined)
      throw new Error(`cannot delete ${refused.Key} in ${Bucket}: ${refused.Message}`);
  }
}
