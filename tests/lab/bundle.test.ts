// A bundle in a real S3 store with object lock (a SeaweedFS of the test's own, HOLDFAST_WEED), and the real curl with
// signed requests that unpacks it. A small repository: tests/lab/pipelines.test.ts stores this one, and
// tests/faults/promotion.test.ts promotes from it. Not TLS, and not the identities' rights.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeBundle } from "../../cli/bundle/make.ts";
import { bundleKeys } from "../../cli/bundle/manifest.ts";
import { type BundleStore, createBundleStore } from "../../cli/bundle/store.ts";
import { verifyBundle } from "../../cli/bundle/verify.ts";
import { type SmallRepository, smallRepository } from "../cli/small-repository.ts";
import { startWeed, type Weed, weedKeys } from "./support/weed.ts";

const program = process.env.HOLDFAST_WEED ?? "";
const bucket = "records";
let root: string;
let weed: Weed;
let store: BundleStore;
let small: SmallRepository;

beforeAll(async () => {
  if (program === "") return;
  root = mkdtempSync(join(tmpdir(), "bundle-lab-"));
  [weed, small] = await Promise.all([startWeed(program), smallRepository(root)]);
  await weed.store.createBucket(bucket, { objectLock: true });
  const keys = { accessKeyId: weedKeys.accessKey, secretAccessKey: weedKeys.secretKey };
  const place = { endpoint: weed.endpoint, region: "us-east-1", bucket, ca: "" };
  store = createBundleStore({ ...place, recorder: keys, reader: keys });
});

afterAll(async () => {
  store?.close();
  await weed?.stop();
  if (root !== undefined) rmSync(root, { recursive: true });
});

async function unpack(secretKey: string, folder: string) {
  const keys = join(root, "keys");
  const user = `user = "${weedKeys.accessKey}:${secretKey}"`;
  writeFileSync(keys, `${user}\naws-sigv4 = "aws:amz:us-east-1:s3"\n`, { mode: 0o600 });
  const url = `${weed.endpoint}/${bucket}`;
  const header = "x-amz-content-sha256: UNSIGNED-PAYLOAD";
  const unpackScript = join(root, "unpack.sh");
  const got = await execa(
    "curl",
    [
      ...["--config", keys, "--header", header, "--fail", "--silent", "--show-error"],
      ...["--output", unpackScript, `${url}/bundle/unpack.sh`],
    ],
    { reject: false },
  );
  if (got.exitCode !== 0) return got;
  return execa("sh", [unpackScript, keys, url, join(root, folder)], { reject: false });
}

describe.skipIf(program === "")("a bundle in a store", () => {
  test("is stored, reads back, and is not stored again", async () => {
    const commit = await small.commit("one");
    const made = await makeBundle({ ...small.inputs, commit, store });
    expect(made.stored.length).toBe(made.manifest.parts.length);
    expect((await verifyBundle(store, () => undefined)).manifestSha256).toBe(made.manifestSha256);
    expect(await makeBundle({ ...small.inputs, commit, store })).toMatchObject({
      changed: false,
      stored: [],
    });
    const next = await makeBundle({
      ...{ ...small.inputs, store, madeAt: "2026-01-06T10:00:00.000Z" },
      commit: await small.commit("two"),
    });
    expect(next.stored.map(({ name }) => name)).toEqual(["program"]);
  });

  test("is unpacked by curl with the reader's keys, and not with others", async () => {
    const result = await unpack(weedKeys.secretKey, "out");
    expect(result.exitCode, String(result.stderr)).toBe(0);
    expect(readFileSync(join(root, "out", "program", "index.ts"), "utf8")).toBe("two");
    expect((await unpack("wrong", "other")).exitCode).not.toBe(0);
  });

  test("a part that somebody wrote over is found", async () => {
    const { manifest } = await verifyBundle(store, () => undefined);
    const part = manifest.parts.find(({ name }) => name === "cli");
    await store.write(bundleKeys.part(part?.sha256 ?? ""), Buffer.from("something else"));
    await expect(verifyBundle(store, () => undefined)).rejects.toMatchObject({ code: "BUNDLE_DAMAGED" });
    await makeBundle({ ...small.inputs, store, commit: manifest.commit, all: true });
    await verifyBundle(store, () => undefined);
  });

  test("a store without the bucket is said as such", async () => {
    const keys = { accessKeyId: weedKeys.accessKey, secretAccessKey: weedKeys.secretKey };
    const place = { endpoint: weed.endpoint, region: "us-east-1", bucket: "absent", ca: "" };
    const other = createBundleStore({ ...place, recorder: keys, reader: keys });
    await expect(
      makeBundle({ ...small.inputs, commit: await small.commit("three"), store: other }),
    ).rejects.toMatchObject({ code: "STORE_UNREACHABLE" });
    other.close();
  });
});
