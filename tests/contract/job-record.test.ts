// The key and the shape of a job's record, which shell scripts write and TypeScript reads. Does not prove that a
// job writes one.
import { expect, test } from "vitest";
import { jobKinds, jobRecordKey, jobRecordSchema } from "../../contract/job-record.ts";

const record = {
  schemaVersion: 1,
  site: "primary",
  epoch: 3,
  repository: "offsite",
  kind: "full",
  outcome: "done",
  startedAtMs: 1,
  endedAtMs: 2,
  label: "20261124-011500F",
  bytes: 4096,
  reason: null,
  detail: {},
} as const;

test("newest and newest done lie side by side, one object a kind", () => {
  expect(jobRecordKey(record, "newest")).toBe("jobs/primary/offsite/full.json");
  expect(jobRecordKey(record, "success")).toBe("jobs/primary/offsite/full.success.json");
  expect(new Set(jobKinds.map((kind) => jobRecordKey({ ...record, kind }, "newest"))).size).toBe(6);
});

test.each([
  ["a kind that is none", { kind: "copy" }],
  ["an outcome that is none", { outcome: "ok" }],
  ["no epoch", { epoch: 0 }],
  ["bytes as text", { bytes: "4096" }],
])("%s is refused", (_, change) => {
  expect(jobRecordSchema.safeParse(record).success).toBe(true);
  expect(jobRecordSchema.safeParse({ ...record, ...change }).success).toBe(false);
});
