// Pages of a versioned listing from a client that answers by the marker it is asked with. Not a store: a listing of
// more than a page is seen on the lab's store.
import { type ListObjectVersionsCommand, type ListObjectVersionsOutput, S3Client } from "@aws-sdk/client-s3";
import { expect, test } from "vitest";
import { pagesOfVersions } from "../../drill/adapters/s3-versions.ts";

class Paged extends S3Client {
  readonly asked: unknown[] = [];
  readonly #pages: readonly ListObjectVersionsOutput[];

  constructor(pages: readonly ListObjectVersionsOutput[]) {
    super({ region: "us-east-1" });
    this.#pages = pages;
    this.send = ((command: ListObjectVersionsCommand) => {
      this.asked.push(command.input);
      return Promise.resolve(this.#pages[this.asked.length - 1] ?? {});
    }) as S3Client["send"];
  }
}

const place = { bucket: "records", prefix: "runs/" };
const all = (client: Paged) => pagesOfVersions(client, place, (work) => work(new AbortController().signal));

test("each page is asked for after the key and the version that the one before ended with", async () => {
  const client = new Paged([
    { IsTruncated: true, NextKeyMarker: "runs/a", NextVersionIdMarker: "v1", Versions: [{ Key: "runs/a" }] },
    { IsTruncated: true, NextKeyMarker: "runs/b", Versions: [{ Key: "runs/b" }] },
    { IsTruncated: false, DeleteMarkers: [{ Key: "runs/c" }] },
  ]);
  const pages = await all(client);
  expect(pages.flatMap(({ Versions = [] }) => Versions.map(({ Key }) => Key))).toEqual(["runs/a", "runs/b"]);
  expect(pages.at(-1)?.DeleteMarkers).toEqual([{ Key: "runs/c" }]);
  const own = { Bucket: "records", Prefix: "runs/" };
  expect(client.asked).toEqual([
    own,
    { ...own, KeyMarker: "runs/a", VersionIdMarker: "v1" },
    { ...own, KeyMarker: "runs/b" },
  ]);
});

test("a page that says there is more and not where ends the listing, for it would begin anew for ever", async () => {
  const client = new Paged([{ IsTruncated: true, Versions: [] }]);
  expect(await all(client)).toHaveLength(1);
});

test("a request that fails is the caller's, whole", async () => {
  const client = new Paged([]);
  const failing = pagesOfVersions(client, place, () => Promise.reject(new Error("no answer")));
  await expect(failing).rejects.toThrow("no answer");
});
