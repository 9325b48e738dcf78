// Stand-in for Pulumi's provider aws, on moto: the lab's alone.
import type { S3Client } from "@aws-sdk/client-s3";
import type { AnyHandler } from "../../../../provider/server/handler.ts";
import type { PlainMap } from "../../../../provider/server/value.ts";
import type { AwsToken } from "../../types/tokens.ts";
import type { AwsClients } from "../clients.ts";
import { defineAws } from "../define.ts";
import { unlessGone } from "../gone.ts";
import type { Regional } from "../tags.ts";

export interface BucketSetting extends Regional {
  readonly bucket: string;
}

/** A resource that is one setting of a bucket: put whole, read whole, with the bucket's name as its id. */
export interface SettingDefinition<I extends BucketSetting> {
  readonly token: AwsToken;
  readonly actsOn: readonly string[];
  readonly defaults?: PlainMap;
  put(s3: S3Client, inputs: I): Promise<unknown>;
  /** `undefined` when the bucket has no such setting. */
  get(s3: S3Client, bucket: string): Promise<Partial<I> | undefined>;
  remove(s3: S3Client, bucket: string, inputs: I): Promise<unknown>;
}

export function defineSetting<I extends BucketSetting>(
  setting: SettingDefinition<I>,
): AnyHandler<AwsClients> {
  const clientOf = (inputs: I, aws: AwsClients): S3Client => aws.s3(inputs.region ?? aws.region);
  return defineAws<I>({
    token: setting.token,
    actsOn: ["bucket", ...setting.actsOn],
    replaceOn: ["bucket"],
    ...(setting.defaults === undefined ? {} : { defaults: setting.defaults }),
    async create(inputs, aws) {
      await setting.put(clientOf(inputs, aws), inputs);
      return inputs.bucket;
    },
    async read(id, aws, region) {
      const found = await unlessGone(setting.get(aws.s3(region), id));
      return found === undefined ? undefined : { inputs: { ...found, bucket: id }, computed: {} };
    },
    async update(_id, inputs, _old, aws) {
      await setting.put(clientOf(inputs, aws), inputs);
    },
    async delete(id, inputs, aws) {
      await unlessGone(setting.remove(clientOf(inputs, aws), id, inputs));
    },
  });
}
