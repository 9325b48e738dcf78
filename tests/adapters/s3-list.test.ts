// A listing of more than a page, from a small store over HTTP that goes on by a token: both of the ports that list
// objects ask to the end. It checks no signature and no lock; those are the lab's store's.
import { afterEach, expect, test } from "vitest";
import { createBundleStore } from "../../cli/bundle/store.ts";
import { createS3Port } from "../../drill/adapters/s3.ts";
import { PortError } from "../../drill/ports/port-error.ts";
import { type StubS3, startStubS3 } from "./stub-s3.ts";

const keys = { accessKeyId: "key", secretAccessKey: "secret" };
const names = Array.from({ length: 5 }, (_, index) => `runs/r${index}`);
const objects = { ...Object.fromEntries(names.map((name, index) => [name, "x".repeat(index)])), other: "" };
const { signal } = new AbortController();

let stub: StubS3 | null = null;
afterEach(() => stub?.close());

function portAt({ endpoint }: StubS3) {
  const place = {
    bucket: "offsite",
    controlBucket: "control",
    recordsBucket: "records",
    epochKey: "epoch.json",
  };
  const identities = { writer: keys, recorder: keys, reader: keys };
  return createS3Port({ endpoint, host: "", region: "us-east-1", ...place, ...identities }, "");
}

const bundlesAt = ({ endpoint }: StubS3) =>
  createBundleStore({
    endpoint,
    region: "us-east-1",
    bucket: "records",
    ca: "",
    recorder: keys,
    reader: keys,
  });

const tokens = (of: StubS3): readonly (string | null)[] =>
  of.listings.map((asked) => asked.get("continuation-token"));

test.each([
  [2, [null, "after 2", "after 4"]],
  [5, [null]],
  [4, [null, "after 4"]],
] as const)("the port's list with %d keys a page", async (keysPerPage, asked) => {
  stub = await startStubS3(objects, { keysPerPage });
  const found = await portAt(stub).list("records", "runs/", signal);
  expect(found.map(({ key, size }) => [key, size])).toEqual(names.map((name, index) => [name, index]));
  expect(found[0]?.lastModifiedMs).toBe(Date.parse("2026-01-02T03:04:05Z"));
  expect(tokens(stub)).toEqual(asked);
});

test("the bundle's keys", async () => {
  stub = await startStubS3(objects, { keysPerPage: 3 });
  const store = bundlesAt(stub);
  expect(await store.keys("runs/")).toEqual(new Set(names));
  expect(tokens(stub)).toEqual([null, "after 3"]);
  store.close();
});

test("a page that says there is more and not where is an error: what was not seen is not taken for what is not there", async () => {
  stub = await startStubS3(objects, { keysPerPage: 2, lost: true });
  const port = portAt(stub);
  await expect(port.list("records", "runs/", signal)).rejects.toThrow(PortError);
  await expect(port.list("records", "runs/", signal)).rejects.toThrow(/goes on and not where/);
  await expect(bundlesAt(stub).keys("runs/")).rejects.toMatchObject({ code: "STORE_UNREACHABLE" });
});
