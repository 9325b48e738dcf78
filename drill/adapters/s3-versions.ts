import { ListObjectVersionsCommand, type ListObjectVersionsOutput, type S3Client } from "@aws-sdk/client-s3";

/**
 * Every version and delete marker below a prefix, page after page: the store gives at most 1,000 at once, and goes on
 * after a key and a version, or after a key alone.
 *
 * @param ask sends one page's request under the caller's deadline and errors
 */
export async function pagesOfVersions(
  client: S3Client,
  place: { readonly bucket: string; readonly prefix: string },
  ask: (
    work: (abortSignal: AbortSignal) => Promise<ListObjectVersionsOutput>,
  ) => Promise<ListObjectVersionsOutput>,
): Promise<readonly ListObjectVersionsOutput[]> {
  const pages: ListObjectVersionsOutput[] = [];
  let from: { readonly KeyMarker?: string; readonly VersionIdMarker?: string } | null = {};
  while (from !== null) {
    const command: ListObjectVersionsCommand = new ListObjectVersionsCommand({
      Bucket: place.bucket,
      Prefix: place.prefix,
      ...from,
    });
    const page: ListObjectVersionsOutput = await ask((abortSignal) => client.send(command, { abortSignal }));
    pages.push(page);
    from = nextOf(page);
  }
  return pages;
}

function nextOf({ IsTruncated, NextKeyMarker, NextVersionIdMarker }: ListObjectVersionsOutput) {
  if (IsTruncated !== true || NextKeyMarker === undefined) return null;
  return {
    KeyMarker: NextKeyMarker,
    ...(NextVersionIdMarker === undefined ? {} : { VersionIdMarker: NextVersionIdMarker }),
  };
}
