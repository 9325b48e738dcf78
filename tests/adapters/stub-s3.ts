import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface StubS3 {
  readonly endpoint: string;
  /** Query of each listing, in order. */
  readonly listings: readonly URLSearchParams[];
  readonly close: () => Promise<void>;
}

/**
 * A store on the loopback that lists so many keys a page and goes on by a token of its own, and answers GET. It checks
 * no signature. `lost`: it says that there is more, and not where.
 */
export async function startStubS3(
  objects: Readonly<Record<string, string>>,
  { keysPerPage = 1000, lost = false }: { readonly keysPerPage?: number; readonly lost?: boolean } = {},
): Promise<StubS3> {
  const listings: URLSearchParams[] = [];
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "", "http://stub");
    if (searchParams.get("list-type") === "2") {
      listings.push(searchParams);
      response.setHeader("content-type", "application/xml");
      response.end(page(objects, searchParams, keysPerPage, lost));
      return;
    }
    const [, , ...key] = pathname.split("/").map(decodeURIComponent);
    const body = objects[key.join("/")];
    if (body === undefined) response.statusCode = 404;
    response.end(body ?? "<Error><Code>NoSuchKey</Code></Error>");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    listings,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function page(
  objects: Readonly<Record<string, string>>,
  asked: URLSearchParams,
  keysPerPage: number,
  lost: boolean,
): string {
  const keys = Object.keys(objects).filter((key) => key.startsWith(asked.get("prefix") ?? ""));
  // Not the last key: only who hands the token back gets the next page.
  const begin = Number(asked.get("continuation-token")?.replace("after ", "") ?? 0);
  const end = begin + keysPerPage;
  const more = end < keys.length;
  const contents = keys
    .slice(begin, end)
    .map(
      (key) =>
        `<Contents><Key>${key}</Key><Size>${objects[key]?.length ?? 0}</Size><LastModified>2026-01-02T03:04:05.000Z</LastModified></Contents>`,
    );
  const next = more && !lost ? `<NextContinuationToken>after ${end}</NextContinuationToken>` : "";
  return `<?xml version="1.0" encoding="UTF-8"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><IsTruncated>${more}</IsTruncated>${next}${contents.join("")}</ListBucketResult>`;
}
