import { ListObjectsV2Command, type ListObjectsV2Output, type S3Client } from "@aws-sdk/client-s3";
import type { S3Object } from "../ports/objects.ts";

/** What a store says of an object, and of a version of one. */
export interface ListedObject {
  readonly Key?: string | undefined;
  readonly Size?: number | undefined;
  readonly LastModified?: Date | undefined;
}

export function toObject({ Key, Size, LastModified }: ListedObject): S3Object {
  return { key: Key ?? "", size: Size ?? 0, lastModifiedMs: LastModified?.getTime() ?? 0 };
}

/**
 * Every object below a prefix, page after page: the store gives at most 1,000 at once. Throws where a page says that
 * there is more and not where: what is not seen would be taken for what is not there.
 *
 * @param ask sends one page's request under the caller's deadline and errors
 */
export async function objectsBelow(
  client: S3Client,
  place: { readonly bucket: string; readonly prefix: string },
  ask: (work: (abortSignal: AbortSignal) => Promise<ListObjectsV2Output>) => Promise<ListObjectsV2Output>,
): Promise<readonly S3Object[]> {
  const found: S3Object[] = [];
  let from: { readonly ContinuationToken?: string } | null = {};
  while (from !== null) {
    const command: ListObjectsV2Command = new ListObjectsV2Command({
      Bucket: place.bucket,
      Prefix: place.prefix,
      ...from,
    });
    const page: ListObjectsV2Output = await ask(async (abortSignal) => {
      const answer = await client.send(command, { abortSignal });
      if (answer.IsTruncated === true && (answer.NextContinuationToken ?? "") === "")
        throw new Error("the store says that the listing goes on and not where");
      return answer;
    });
    for (const object of page.Contents ?? []) found.push(toObject(object));
    from =
      page.IsTruncated === true && page.NextContinuationToken !== undefined
        ? { ContinuationToken: page.NextContinuationToken }
        : null;
  }
  return found;
}
