import { z } from "zod";
import { bucketName, flag, image, integer, secret, size, word } from "./fields.ts";

/** `holdfast:store`: the site's own S3 store, a workload of the site. */
export const storeSection = z.strictObject({
  image: image(),
  bucket: bucketName(),
  accessKey: secret(),
  secretKey: secret(),
  volume: size(),
  /** @default the cluster's default class */
  storageClass: word().optional(),
  /** @default none: reachable inside the cluster only */
  nodePort: integer(80, 32_767).optional(),
  /** @default true */
  protect: flag().prefault(true),
});
