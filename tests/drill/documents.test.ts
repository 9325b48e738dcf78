// How lost documents are counted, from a ledger and what was found. Does not show that the step finds it: site-loss.test.ts does.
import { describe, expect, it } from "vitest";
import type { LedgerEntry } from "../../contract/ledger.ts";
import { countDocuments } from "../../drill/verdict/documents.ts";

const lossAtMs = 1_000_000;

const upload = (secondsBefore: number, ok = true): LedgerEntry => ({
  seq: 1,
  prev: "",
  kind: "document",
  ok,
  atMs: lossAtMs - secondsBefore * 1000,
  sentAtMs: lossAtMs - secondsBefore * 1000 - 50,
  address: "198.18.0.11",
  name: ok ? `document-${secondsBefore}` : null,
  bytes: ok ? 10 : null,
  recordId: ok ? 1 : null,
  error: ok ? null : "timeout",
});

const uploads = [21, 16, 11, 6, 1].map((seconds) => upload(seconds));

const count = (
  stored: readonly number[],
  entries: readonly LedgerEntry[] = uploads,
  targetSeconds = 900,
  rowsWithoutFile: readonly number[] = [],
) =>
  countDocuments({
    entries,
    found: {
      stored: stored.map((seconds) => `document-${seconds}`),
      rows: 1,
      rowsWithoutFile: rowsWithoutFile.map((seconds) => ({
        name: `row-${seconds}`,
        writtenAtMs: lossAtMs - seconds * 1000,
      })),
    },
    lossAtMs,
    targetSeconds,
  });

describe("countDocuments", () => {
  it.each([
    ["all are there", [21, 16, 11, 6, 1], 0, 1],
    ["the last is missing", [21, 16, 11, 6], 1, 6],
    ["the last three are missing", [21, 16], 3, 16],
    ["one below a present one is missing: it counts from there", [21, 11, 6, 1], 1, 21],
  ])("%s", (_name, stored, lost, seconds) => {
    expect(count(stored)).toMatchObject({
      acknowledged: 5,
      lost,
      objectRpo: { seconds, judgement: "met" },
    });
  });

  it("is missed where it is over the target, and where nothing is there", () => {
    expect(count([21], uploads, 20)?.objectRpo).toMatchObject({ seconds: 21, judgement: "missed" });
    expect(count([])?.objectRpo).toMatchObject({ seconds: null, judgement: "missed" });
  });

  it("counts from a row of the business whose file is not there", () => {
    const all = [21, 16, 11, 6, 1];
    expect(count(all, uploads, 900, [0.5])?.objectRpo).toMatchObject({ seconds: 1, judgement: "met" });
    expect(count(all, uploads, 900, [8, 3])?.objectRpo).toMatchObject({ seconds: 8, judgement: "met" });
    expect(count(all, uploads, 900, [3600])?.objectRpo).toMatchObject({ seconds: 3600, judgement: "missed" });
  });

  it("is not judged where uploads had ended before the loss, or were not compared", () => {
    const old = [upload(40), upload(16), upload(3, false)];
    expect(count([40, 16], old)?.objectRpo.judgement).toBe("notJudged");
    expect(count([], [])?.objectRpo.judgement).toBe("notJudged");
    expect(countDocuments({ entries: uploads, found: null, lossAtMs, targetSeconds: 1 })).toBeNull();
  });

  it("leaves out what was acknowledged after the loss", () => {
    expect(count([21, 16, 11, 6, 1], [...uploads, upload(-20)])).toMatchObject({ acknowledged: 5, lost: 0 });
  });
});
