import { z } from "zod";
import { sites } from "../../contract/stack.ts";
import type { S3Port } from "../ports/objects.ts";
import { PortError } from "../ports/port-error.ts";
import type { EpochPort } from "../ports/third-place.ts";
import { messageOf } from "./deadline.ts";
import type { OffsitePlace } from "./places.ts";

const epochObjectSchema = z.object({
  epoch: z.number().int().min(1),
  site: z.enum(sites),
  takenAt: z.string().optional(),
  run: z.string().optional(),
});

export function createEpochPort(
  place: Pick<OffsitePlace, "controlBucket" | "epochKey">,
  s3: S3Port,
): EpochPort {
  return {
    bucket: place.controlBucket,
    read: async (signal) => {
      const found = await s3.getText(place.controlBucket, place.epochKey, signal);
      if (found === null) return null;
      try {
        const { epoch, site, run } = epochObjectSchema.parse(JSON.parse(found.text));
        return { epoch, holder: site, run: run ?? null };
      } catch (cause) {
        throw new PortError(
          "epoch",
          `${place.controlBucket}/${place.epochKey} cannot be read: ${messageOf(cause)}`,
          { cause },
        );
      }
    },
  };
}
